#include "tests/crash/rebuild_check.hpp"

#include "storage/rebuild.hpp"
#include "tests/crash/disk_check.hpp"

namespace ndisk::crash {
namespace {

class RebuildCheck {
 public:
  RebuildCheck(const Recording& recording, CrashState state)
      : recording_(recording), settings_(recording.scenario.settings), disk_(std::move(state.disk)) {}

  Verdict run() {
    auto done = get_over();
    Verdict verdict{std::nullopt, disk_.looked_at()};
    if (!done) verdict.fault = fault_ + done.error().message;
    return verdict;
  }

 private:
  Result<void> get_over() {
    const auto is_done = look_at_what_is_left();
    if (!is_done) return std::unexpected(is_done.error());
    if (!*is_done) {
      fault_ = "rebuilding again: ";
      if (auto rebuilt = rebuild_catalog(disk_); !rebuilt) return rebuilt;
    }
    fault_ = "the rebuilt drive: ";
    if (auto shown = open_and_use(); !shown) return shown;
    fault_ = "opened again: ";
    if (auto shown = open_and_use(); !shown) return shown;
    fault_ = "the catalog and the disk: ";
    if (const auto wrong = check_catalog(disk_); !wrong.empty()) return fail(ErrorCode::kIntegrity, wrong);
    fault_ = "content: ";
    const auto gone =
        check_kept(disk_, recording_.initial) + check_quarantined(disk_, recording_.scenario.strangers);
    return gone.empty() ? Result<void>() : fail(ErrorCode::kIntegrity, gone);
  }

  // On a copy. True: the rebuild was done.
  Result<bool> look_at_what_is_left() {
    SimulatedDisk disk(disk_.image());
    const bool has_catalog = disk.find(kRootFolder, std::string(kData) + "/ndisk.db").has_value();
    fault_ = has_catalog ? "the catalog that is there: " : "a start without a catalog: ";
    auto drive = OpenDrive::open(disk, settings_);
    Result<World> world = drive ? (*drive)->look() : std::unexpected(drive.error());
    if (drive) drive->reset();
    for (const auto inode : disk.looked_at()) disk_.note_look(inode);
    if (!has_catalog) {
      if (drive) return fail(ErrorCode::kIntegrity, "it made an empty drive");
      const auto kept = kept_contents(disk) == kept_contents(disk_);
      return kept ? Result<bool>(false) : fail(ErrorCode::kIntegrity, "it removed content");
    }
    if (!world) return std::unexpected(world.error());
    if (difference(recording_.worlds.front(), *world).empty()) return true;
    const auto& before = recording_.before_rebuild;
    if (before && difference(*before, *world).empty()) return false;
    return fail(ErrorCode::kIntegrity, "it shows neither what was there nor what the rebuild made:\n" +
                                           describe(difference(recording_.worlds.front(), *world)));
  }

  Result<void> open_and_use() {
    auto drive = OpenDrive::open(disk_, settings_);
    if (!drive) return std::unexpected(std::move(drive.error()));
    for (const bool is_collected : {false, true}) {
      auto world = (*drive)->look();
      if (!world) return std::unexpected(std::move(world.error()));
      const auto wrong = difference(recording_.worlds.front(), *world);
      if (!wrong.empty()) return fail(ErrorCode::kIntegrity, "what is not so:\n" + describe(wrong));
      if (is_collected) break;
      auto collected = (*drive)->drive().collect();
      if (!collected) return std::unexpected(std::move(collected.error()));
    }
    if (auto shown = (*drive)->drive().flush_tree(); !shown) return shown;
    if (auto checked = (*drive)->check(false); !checked) return checked;
    const auto faults = check_tree(disk_, recording_.worlds.front());
    return faults.empty() ? Result<void>() : fail(ErrorCode::kIntegrity, "the tree:\n" + faults);
  }

  const Recording& recording_;
  const Settings& settings_;
  SimulatedDisk disk_;
  std::string fault_;
};

}  // namespace

Result<void> rebuild_catalog(SimulatedDisk& disk) {
  const SimulatedVfs vfs(disk);
  SimulatedFileLayer files(disk, true);
  const storage::HandClock clock;
  storage::RebuildOptions options;
  options.data_directory = kData;
  options.force = true;
  options.sqlite_vfs = vfs.name();
  auto report = storage::rebuild(options, files, clock);
  if (!report) return std::unexpected(std::move(report.error()));
  return {};
}

Verdict check_rebuilt(const Recording& recording, CrashState state) {
  return RebuildCheck(recording, std::move(state)).run();
}

}  // namespace ndisk::crash
