#include "tests/crash/scenario.hpp"

#include "tests/crash/rebuild_check.hpp"

namespace ndisk::crash {
namespace {

Result<DiskImage> prepare(const Scenario& scenario) {
  if (scenario.first_start) return DiskImage();
  if (scenario.disk) return scenario.disk();
  SimulatedDisk disk;
  auto drive = OpenDrive::open(disk, scenario.settings);
  if (!drive) return std::unexpected(std::move(drive.error()));
  for (const auto& phase : scenario.before) {
    if (auto done = run_phase(**drive, phase, disk); !done) return std::unexpected(std::move(done.error()));
  }
  if (scenario.settings.tree) {
    if (auto shown = drive->get()->drive().flush_tree(); !shown) return std::unexpected(std::move(shown.error()));
  }
  drive->reset();
  if (scenario.damage) scenario.damage(disk);
  auto image = disk.image();
  image.drop_unreachable();
  return image;
}

Result<void> look(Recording& recording, OpenDrive& drive) {
  if (recording.scenario.settings.tree) {
    if (auto shown = drive.drive().flush_tree(); !shown) return shown;
  }
  auto world = drive.look();
  if (!world) return std::unexpected(std::move(world.error()));
  recording.worlds.push_back(std::move(*world));
  return {};
}

// Nothing if the drive does not open.
std::optional<World> world_of_copy(const SimulatedDisk& disk, const Settings& settings) {
  SimulatedDisk copy(disk.image());
  auto drive = OpenDrive::open(copy, settings);
  if (!drive) return std::nullopt;
  auto world = (*drive)->look();
  return world ? std::optional(std::move(*world)) : std::nullopt;
}

Result<void> run(Recording& recording, SimulatedDisk& disk) {
  if (recording.scenario.rebuilds) {
    recording.before_rebuild = world_of_copy(disk, recording.scenario.settings);
    if (auto rebuilt = rebuild_catalog(disk); !rebuilt) return rebuilt;
  }
  auto drive = OpenDrive::open(disk, recording.scenario.settings);
  if (!drive) return std::unexpected(std::move(drive.error()));
  if (auto looked = look(recording, **drive); !looked) return looked;
  for (const auto& phase : recording.scenario.phases) {
    if (auto done = run_phase(**drive, phase, disk, &recording.times.emplace_back()); !done) return done;
    if (auto looked = look(recording, **drive); !looked) return looked;
  }
  recording.notes = (*drive)->notes();
  return {};
}

}  // namespace

Result<void> run_phase(OpenDrive& drive, const Phase& phase, const SimulatedDisk& disk, std::vector<StepTimes>* times) {
  std::vector<StepTimes> when(phase.size());
  std::vector<std::promise<Result<void>>> promises(phase.size());
  for (std::size_t i = 0; i < phase.size(); ++i) {
    when[i].begun = disk.recorded();
    phase[i].begin(drive, [&when, &promises, &disk, i](Result<void> result) {
      when[i].answered = disk.recorded();
      promises[i].set_value(std::move(result));
    });
  }
  Result<void> all;
  for (std::size_t i = 0; i < phase.size(); ++i) {
    auto result = promises[i].get_future().get();
    if (!result && all) all = fail_with_context(phase[i].name, std::move(result.error()));
  }
  if (times != nullptr) *times = std::move(when);
  return all;
}

Result<Recording> record(const Scenario& scenario, const std::function<bool(const Operation&)>& ignored) {
  Recording recording;
  recording.scenario = scenario;
  auto initial = prepare(scenario);
  if (!initial) return fail_with_context("before " + scenario.name, std::move(initial.error()));
  recording.initial = std::move(*initial);
  SimulatedDisk disk(recording.initial);
  disk.ignore_syncs(ignored);
  // The drive is closed when this returns, and that is recorded too.
  if (auto done = run(recording, disk); !done) return fail_with_context(scenario.name, std::move(done.error()));
  recording.record = disk.record();
  return recording;
}

}  // namespace ndisk::crash
