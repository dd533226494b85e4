// Sweep: one scenario, again and again, each time with the next of its system calls failing, in every way that the
// call can fail. What is checked at each point:
// - a step that succeeded stands from then on, whole; of one that failed all stands or nothing;
// - what stands can be read and listed, on the same drive, once the disk is well again; a full disk hinders no reading;
// - the steps that failed succeed when they are asked for again, with the same request ids, and end as without a fault;
// - a start afterwards finds the same, the tree shows it, and the collector leaves a catalog that agrees with the disk.
//
// Which calls fail: every so manieth, or by site. A site is the function that is called and the whole stack of whoever
// calls it, up to where the step is run (call_site.hpp). First the scenario runs with nothing failing and the sites of
// its calls are noted, until two runs in a row, or twelve, have brought none that is new: threads don't always make the
// same calls. Then the first call and the last from each site fail. Steps are taken in turn for that, each with the
// tree that follows it (point.hpp), also where one call is tried again by --sites and --call; every so manieth call
// fails beside the tree's thread.
//
// The stack is whole as that is affordable. What all scenarios in all ways come to, of 72,600 calls, where only so many
// of the innermost frames count, five of the test's own among them; measured beside the tree's thread:
// - 5: 1,772 sites, 3,122 points
// - 8: 4,313 sites, 6,935 points
// - 12: 7,679 sites, 10,806 points
// - 16: 10,201 sites, 13,196 points
// - 24: 10,597 sites, 13,245 points
// - all: 11,084 sites, 13,511 points
//
// Environment: NDISK_FAULTS_STRIDE, every how manieth call (1: all; absent: a sample of ways and calls);
// NDISK_FAULTS_SEED, which of them; NDISK_FAULTS_SITES, by site; NDISK_FAULTS_SCENARIO, _WAY and _CALL, one point
// again; NDISK_FAULTS_REPORT, a file that gets a line a scenario and way: both names, points, sites whose call did not
// come when it was to fail, sites that no way before had.
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
// In all ways, with the calls that were asked for.
void sweep(const Scenario& scenario);
[[nodiscard]] unsigned long sweep_seed();

}  // namespace ndisk::faults
