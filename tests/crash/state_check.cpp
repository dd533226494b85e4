#include "tests/crash/state_check.hpp"

#include "tests/crash/backup_check.hpp"
#include "tests/crash/disk_check.hpp"
#include "tests/crash/rebuild_check.hpp"

namespace ndisk::crash {
namespace {

// Thrown away with its drive and disk when it ends; faults are collected as text.
class StateCheck {
 public:
  StateCheck(const Recording& recording, CrashState state)
      : recording_(recording),
        settings_(recording.scenario.settings),
        boundary_(state.boundary),
        tree_must_show_(state.tree_must_show && settings_.tree),
        disk_(std::move(state.disk)) {
    if (!recording.scenario.turns_tree) return;
    crashed_ = disk_.image();
    (void)check_tree(disk_, {});  // so that it is noted what was looked at
  }

  Verdict run() {
    auto fault = find_fault();
    return {std::move(fault), disk_.looked_at()};
  }

 private:
  std::optional<std::string> find_fault() {
    const auto backup = check_backup(recording_, backups_at(recording_, boundary_), disk_);
    if (!backup.empty()) return "the backup:\n" + backup;
    if (auto done = start_first(); !done) return fault_ + done.error().message;
    if (const auto wrong = check_stale_tree(); !wrong.empty()) return "a tree of an earlier day:\n" + wrong;
    const auto files = lasting_files(disk_.image());
    if (auto done = start_again(files); !done) return fault_ + done.error().message;
    if (const auto wrong = check_catalog(disk_); !wrong.empty()) return "the catalog and the disk:\n" + wrong;
    const auto lost = check_quarantined(disk_, recording_.scenario.strangers);
    if (!lost.empty()) return "what no version leads to, in the quarantine:\n" + lost;
    const auto again = check_backup(recording_, backups_after(recording_, begun()), disk_);
    if (!again.empty()) return "the backup that was made again:\n" + again;
    if (auto done = turn_tree_on(); !done) return fault_ + done.error().message;
    return std::nullopt;
  }

  // As the crash left it, for whoever has lost the catalog.
  [[nodiscard]] std::string check_stale_tree() const {
    if (!crashed_) return {};
    SimulatedDisk disk(*crashed_);
    return disk.find(kRootFolder, std::string(kData) + "/tree-stale") ? std::string() : check_tree(disk, world_);
  }

  Result<void> turn_tree_on() {
    if (!recording_.scenario.turns_tree) return {};
    fault_ = "with the tree: ";
    auto settings = settings_;
    settings.tree = true;
    auto drive = OpenDrive::open(disk_, settings);
    if (!drive) return std::unexpected(std::move(drive.error()));
    if (auto shown = drive.value()->drive().flush_tree(); !shown) return shown;
    const auto world = drive.value()->look();
    if (!world) return std::unexpected(world.error());
    const auto faults = check_tree(disk_, *world);
    return faults.empty() ? Result<void>() : fail(ErrorCode::kIntegrity, "the tree:\n" + faults);
  }

  Result<void> start_first() {
    fault_ = "recovery: ";
    auto drive = OpenDrive::open(disk_, settings_);
    if (!drive) return std::unexpected(std::move(drive.error()));
    auto world = drive.value()->look();
    if (!world) return std::unexpected(std::move(world.error()));
    if (auto shown = show_tree(**drive); !shown) return shown;
    world_ = std::move(*world);
    const auto wrong = difference(expected(), world_);
    if (wrong.empty()) return {};
    return fail(ErrorCode::kIntegrity, "what is there and should not be so:\n" + describe(wrong));
  }

  Result<void> start_again(const World& files) {
    fault_ = "second recovery: ";
    auto drive = OpenDrive::open(disk_, settings_);
    if (!drive) return std::unexpected(std::move(drive.error()));
    if (auto same = check_unchanged(**drive, files); !same) return same;
    fault_ = "doing it again: ";
    if (auto repeated = repeat(**drive); !repeated) return repeated;
    fault_ = "collecting: ";
    return collect(**drive);
  }

  Result<void> check_unchanged(OpenDrive& drive, const World& files) {
    auto world = drive.look();
    if (!world) return std::unexpected(std::move(world.error()));
    if (auto shown = show_tree(drive); !shown) return shown;
    auto changed = difference(world_, *world);
    if (changed.empty()) changed = difference(files, lasting_files(disk_.image()));
    if (changed.empty()) return {};
    return fail(ErrorCode::kIntegrity, "it changed:\n" + describe(changed));
  }

  // Every change that was answered, and of those under way the ones that are to be seen.
  [[nodiscard]] World expected() const {
    auto world = recording_.worlds[0];
    for_each_step([&](std::size_t phase, const Step& step, const StepTimes& times) {
      if (times.begun >= boundary_ && times.answered > boundary_) return;
      const auto change = only_of(difference(recording_.worlds[phase], recording_.worlds[phase + 1]), step.paths);
      for (const auto& part : step.is_gradual ? one_by_one(change) : apart(change, step.apart)) {
        if (times.answered <= boundary_ || shows(world_, part)) apply(world, part);
      }
    });
    return world;
  }

  template <class Use>
  void for_each_step(Use use) const {
    for (std::size_t phase = 0; phase < recording_.times.size(); ++phase) {
      const auto& steps = recording_.scenario.phases[phase];
      for (std::size_t i = 0; i < steps.size(); ++i) use(phase, steps[i], recording_.times[phase][i]);
    }
  }

  // How many phases were begun before the crash.
  [[nodiscard]] std::size_t begun() const {
    std::size_t count = 0;
    for_each_step([&](std::size_t phase, const Step&, const StepTimes& times) {
      if (times.begun < boundary_ || times.answered <= boundary_) count = std::max(count, phase + 1);
    });
    return count;
  }

  // What a client does that has not heard the answer: the same requests, once more.
  Result<void> repeat(OpenDrive& drive) {
    drive.notes() = recording_.notes;
    std::erase_if(drive.notes().promises, [&](const Promise& promise) { return promise.at > boundary_; });
    std::erase_if(drive.notes().invites, [&](const auto& invite) { return invite.second.at > boundary_; });
    const auto last = begun();
    for (auto phase = last < 2 ? 0 : last - 2; phase < last; ++phase) {
      if (auto done = run_phase(drive, recording_.scenario.phases[phase], disk_); !done) return done;
    }
    auto world = drive.look();
    if (!world) return std::unexpected(std::move(world.error()));
    world_ = std::move(*world);
    const auto wrong = difference(recording_.worlds[last], world_);
    if (wrong.empty()) return {};
    return fail(ErrorCode::kIntegrity, "what is there and should not be so:\n" + describe(wrong));
  }

  Result<void> collect(OpenDrive& drive) {
    // A crash before it was begun, or when a part of it was done.
    if (auto repaired = settings_.has_damage ? drive.repair() : Result<void>(); !repaired) return repaired;
    if (settings_.has_damage) world_ = recording_.worlds.back();
    auto collected = drive.drive().collect();
    if (!collected) return std::unexpected(std::move(collected.error()));
    auto world = drive.look();
    if (!world) return std::unexpected(std::move(world.error()));
    // Earlier versions may be pruned by it, and nothing else.
    auto wrong = difference(world_, *world);
    std::erase_if(wrong, [](const auto& entry) { return entry.first.starts_with("versions "); });
    if (!wrong.empty()) return fail(ErrorCode::kIntegrity, "it changed:\n" + describe(wrong));
    if (auto shown = show_tree(drive); !shown) return shown;
    // What the tree lost with the names that it relies on is mended, and is no damage then.
    if (auto checked = drive.check(!tree_must_show_); !checked) return checked;
    if (!settings_.tree) return {};
    const auto faults = check_tree(disk_, *world);
    return faults.empty() ? Result<void>() : fail(ErrorCode::kIntegrity, "the tree:\n" + faults);
  }

  Result<void> show_tree(OpenDrive& drive) const {
    return settings_.tree ? drive.drive().flush_tree() : Result<void>();
  }

  const Recording& recording_;
  const Settings& settings_;
  const std::size_t boundary_;
  const bool tree_must_show_;
  SimulatedDisk disk_;
  std::optional<DiskImage> crashed_;  // the disk before the first start
  World world_;                       // as it was shown last
  std::string fault_;
};

}  // namespace

Verdict check_state(const Recording& recording, CrashState state) {
  if (recording.scenario.rebuilds) return check_rebuilt(recording, std::move(state));
  return StateCheck(recording, std::move(state)).run();
}

}  // namespace ndisk::crash
