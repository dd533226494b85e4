// Starts: the first of all, one after a crash, and one that brings an older catalog up to date.
#include <stdexcept>

#include "tests/crash/cursor.hpp"
#include "tests/crash/old_drive.hpp"
#include "tests/crash/scenarios.hpp"
#include "tests/crash/steps.hpp"

namespace ndisk::crash {
namespace {

Scenario first_start() {
  Scenario scenario;
  scenario.name = "first-start";
  scenario.first_start = true;
  scenario.phases = {alone(put("one", "the first"))};
  return scenario;
}

// What a crash leaves in the moment when the last answer of a scenario was given: all that was not synced is lost.
DiskImage after_crash(const Scenario& scenario) {
  const auto recording = record(scenario);
  if (!recording) throw std::runtime_error(recording.error().message);
  std::size_t answered = 0;
  for (const auto& times : recording->times.back()) answered = std::max(answered, times.answered);
  Cursor cursor(recording->initial, recording->record);
  cursor.advance_to(answered);
  Losses losses;
  for (const auto place : cursor.pending()) losses[place] = Loss::kGone;
  return cursor.disk_after(losses);
}

Scenario start_after_crash() {
  Scenario crashed;
  crashed.name = "before the crash";
  crashed.settings.checkpoint_bytes = 24'000;
  Phase group;
  for (int i = 0; i < 8; ++i) group.push_back(put_beside("f" + std::to_string(i), "content " + std::to_string(i)));
  crashed.phases = {alone(send_part("large", storage::pattern(100'000, 5), 90'000, 8'000)), group};
  Scenario scenario;
  scenario.name = "start-after-crash";
  scenario.settings = crashed.settings;
  scenario.disk = [crashed] { return after_crash(crashed); };
  scenario.phases = {alone(upload("large", storage::pattern(100'000, 5), 8'000)), alone(collect())};
  return scenario;
}

Scenario migration() {
  Scenario scenario;
  scenario.name = "migration";
  scenario.disk = drive_of_first_format;
  scenario.phases = {alone(restore_trash("gone")), alone(restore("a/one"))};
  return scenario;
}

const std::vector<Phase> kWithTree = {alone(put("one", "first")), alone(put("a/two", "two")), alone(put("gone", "3"))};
const std::vector<Phase> kWithoutTree = {alone(put("one", "second")), alone(remove("gone")), alone(move("a", "b"))};

// What these runs of a server leave when each has ended in order.
DiskImage after_runs(const std::vector<std::pair<bool, std::vector<Phase>>>& runs) {
  SimulatedDisk disk;
  for (const auto& [tree, phases] : runs) {
    Settings settings;
    settings.tree = tree;
    auto drive = OpenDrive::open(disk, settings);
    if (!drive) throw std::runtime_error(drive.error().message);
    for (const auto& phase : phases) {
      if (auto done = run_phase(**drive, phase, disk); !done) throw std::runtime_error(done.error().message);
    }
    if (!tree) continue;
    if (auto shown = drive->get()->drive().flush_tree(); !shown) throw std::runtime_error(shown.error().message);
  }
  auto image = disk.image();
  image.drop_unreachable();
  return image;
}

Scenario tree_turned_off() {
  Scenario scenario;
  scenario.name = "tree-turned-off";
  scenario.settings.tree = false;
  scenario.turns_tree = true;
  scenario.disk = [] { return after_runs({{true, kWithTree}}); };
  scenario.phases = kWithoutTree;
  return scenario;
}

Scenario tree_turned_on() {
  Scenario scenario;
  scenario.name = "tree-turned-on";
  scenario.turns_tree = true;
  scenario.disk = [] { return after_runs({{true, kWithTree}, {false, kWithoutTree}}); };
  return scenario;
}

}  // namespace

std::vector<Scenario> start_scenarios() {
  return {first_start(), start_after_crash(), migration(), tree_turned_off(), tree_turned_on()};
}

}  // namespace ndisk::crash
