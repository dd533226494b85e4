#include "tests/crash/backup_check.hpp"

#include <algorithm>

namespace ndisk::crash {
AllowedBackups backups_at(const Recording& recording, std::size_t boundary) {
  AllowedBackups allowed;
  for (std::size_t phase = 0; phase < recording.times.size(); ++phase) {
    const auto& step = recording.scenario.phases[phase].front();
    if (!step.is_backup) continue;
    const auto& times = recording.times[phase].front();
    if (times.answered <= boundary) {
      allowed = {{phase}, false};
    } else if (times.begun < boundary) {
      allowed.worlds.push_back(phase);
    }
  }
  return allowed;
}

AllowedBackups backups_after(const Recording& recording, std::size_t phases) {
  AllowedBackups allowed;
  for (std::size_t phase = 0; phase < phases; ++phase) {
    if (recording.scenario.phases[phase].front().is_backup) allowed.none = false;
  }
  for (std::size_t world = 0; world <= phases; ++world) allowed.worlds.push_back(world);
  return allowed;
}

std::string check_backup(const Recording& recording, const AllowedBackups& allowed, SimulatedDisk& original) {
  const auto image = original.image();
  const auto catalog = image.walk(kRootFolder, std::string(kBackup) + "/ndisk.db");
  if (!catalog) return allowed.none ? "" : "  the backup is gone\n";
  SimulatedDisk disk(image);
  auto settings = recording.scenario.settings;
  settings.data = kBackup;
  auto drive = OpenDrive::open(disk, settings);
  if (!drive) return "  the backup does not open: " + drive.error().message + "\n";
  auto world = (*drive)->look();
  drive->reset();
  for (const auto inode : disk.looked_at()) original.note_look(inode);
  if (!world) return "  the backup can't be read: " + world.error().message + "\n";
  const bool is_one = std::ranges::any_of(
      allowed.worlds, [&](std::size_t number) { return difference(recording.worlds[number], *world).empty(); });
  if (is_one) return "";
  if (allowed.worlds.empty()) return "  there is a backup that nobody asked for\n";
  return "  the backup is none of what the drive was:\n" +
         describe(difference(recording.worlds[allowed.worlds.front()], *world));
}

}  // namespace ndisk::crash
