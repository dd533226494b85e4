// Sweep: one scenario, again and again, each time with the next of its system calls failing, in every way that the
// call can fail. What is checked at each point:
// - a step that succeeded stands from then on, whole; of one that failed all stands or nothing;
// - what stands can be read and listed, on the same drive, once the disk is well again; a full disk hinders no reading;
// - the steps that failed succeed when they are asked for again, with the same request ids, and end as without a fault;
// - a start afterwards finds the same, the tree shows it, and the collector leaves a catalog that agrees with the disk.
//
// Environment: NDISK_FAULTS_STRIDE, every how manieth call (1: all; absent: a sample of ways and calls);
// NDISK_FAULTS_SEED, which of them; NDISK_FAULTS_SCENARIO, _WAY and _CALL, one point again; NDISK_FAULTS_REPORT, a file
// that gets a line a scenario and way.
#pragma once

#include "tests/faults/steps.hpp"
#include "tests/faults/system_calls.hpp"

namespace ndisk::faults {

struct Scenario {
  std::string name;
  Steps before;  // without a fault
  Steps steps;
  bool together = false;  // all are begun before one is waited for
};

struct Way {
  std::string name;
  int error = 0;
  int times = 1;
  bool hidden = false;    // nobody above the disk's layer may notice
  bool readable = false;  // reading and listing go on
};

// Every way that disks fail in.
[[nodiscard]] const std::vector<Way>& all_ways();

// Every `stride`th call from a random one on. Returns the number of points that were tried.
int sweep(const Scenario& scenario, const Way& way, int stride);
// In all ways, with the stride that was asked for.
void sweep(const Scenario& scenario);

}  // namespace ndisk::faults
