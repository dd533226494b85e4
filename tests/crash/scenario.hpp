// Scenario: what a user does with a drive, in steps that are answered, and what a recording of it keeps.
#pragma once

#include "tests/crash/open_drive.hpp"

namespace ndisk::crash {

// Something that is asked for and answered. Asked for again, it does nothing that was done already.
struct Step {
  std::string name;
  // Only of steps that go on side by side: what each of them changes.
  std::vector<std::string> paths;
  std::function<void(OpenDrive&, storage::Completion<void>)> begin;
  bool is_backup = false;
  bool is_gradual = false;  // its changes come one by one
  std::string apart;        // what is said of things that begin so changes by itself
};

// Steps that are begun together; the next phase begins when all are answered.
using Phase = std::vector<Step>;

struct Scenario {
  std::string name;
  Settings settings;
  std::vector<Phase> before;  // done and closed before the recording begins
  std::vector<Phase> phases;
  bool first_start = false;  // recorded from the empty disk on
  // Folders move in tree/, which stays right only on disks that keep the order of names.
  bool moves_folders = false;
  // Nothing but the start changes tree/: it shows the drive, or tree-stale tells that it is of an earlier day; and
  // once the tree is on it shows the drive.
  bool turns_tree = false;
  // The catalog is made anew from tree and objects, before the drive is opened.
  bool rebuilds = false;
  // Done to the disk after `before`, with the drive closed. Not recorded, and durable.
  std::function<void(SimulatedDisk&)> damage;
  // Contents of files that people put into tree/ and that can't stay there, and of versions that the catalog lost:
  // after a repair, or a rebuild, each stands in quarantine/, once.
  std::vector<std::string> strangers;
  // Makes the disk that it begins with, instead of `before`.
  std::function<DiskImage()> disk;
};

struct StepTimes {
  std::size_t begun = 0;  // operations recorded by then
  std::size_t answered = 0;
};

struct Recording {
  Scenario scenario;
  DiskImage initial;
  std::vector<Operation> record;
  std::optional<World> before_rebuild;        // what the drive showed, if it had a catalog
  std::vector<World> worlds;                  // before the first phase, and after each
  std::vector<std::vector<StepTimes>> times;  // by phase and step
  Notes notes;
};

// Runs it on a disk that never fails; `ignored` are the syncs that this disk only pretends to do. An error: a step
// failed.
[[nodiscard]] Result<Recording> record(const Scenario& scenario,
                                       const std::function<bool(const Operation&)>& ignored = {});

// Runs the steps of a phase side by side and waits for all answers; the first error is the result.
[[nodiscard]] Result<void> run_phase(OpenDrive& drive, const Phase& phase, const SimulatedDisk& disk,
                                     std::vector<StepTimes>* times = nullptr);

}  // namespace ndisk::crash
