// Steps that keep a drive beside the drive, damage it, and make it whole.
#include "storage/backup.hpp"
#include "storage/posix_file_layer.hpp"
#include "tests/faults/steps.hpp"

namespace ndisk::faults {
namespace {

namespace fs = std::filesystem;

std::string backup_of(const World& world) { return world.folder.path() + "/backup"; }

Result<void> back_up_now(World& world) {
  storage::PosixFileLayer files;
  storage::BackUpOptions options;
  options.data_directory = world.options.data_directory;
  options.destination = backup_of(world);
  const auto report = storage::back_up(options, files);
  if (!report) return std::unexpected(report.error());
  if (report->damaged > 0) return fail(ErrorCode::kIntegrity, "the backup lacks content");
  world.has_backup = true;
  return {};
}

// What somebody finds who serves a copy of it.
Holding in_backup(const World& world) {
  const auto copy = world.folder.path() + "/copy";
  fs::remove_all(copy);
  fs::copy(backup_of(world), copy, fs::copy_options::recursive);
  storage::DriveFixture other(copy);
  auto holding = World::look_at(*other.drive, other.actor, true);
  INFO((holding ? "" : holding.error().message));
  REQUIRE(holding);
  return *holding;
}

// As the drive is, but for content that could not be read, as the backup then says. What an earlier one has stays.
bool lacks_only_new(const Holding& found, const Holding& earlier, const Holding& now) {
  const auto is_held = [&](const auto& has, const auto& should) {
    if (has == should) return true;
    const auto old = earlier.find(should.first);
    const bool is_new = old == earlier.end() || old->second != should.second;
    return has.first == should.first && has.second == kDamaged && is_new;
  };
  return std::ranges::equal(found, now, is_held);
}

void check_backup(World& world, const Holding& before, const Holding& now, bool succeeded) {
  if (!world.has_backup && !fs::exists(backup_of(world) + "/ndisk.db")) return;
  const auto found = in_backup(world);
  const auto earlier = world.has_backup ? before : Holding{};
  CHECK((found == now || (!succeeded && (found == before || lacks_only_new(found, earlier, now)))));
}

Result<void> repair_now(World& world) {
  if (!world.drive) return fail(ErrorCode::kIo, "the drive is not open");
  const auto checked = world.try_check({.read_data = true, .repair = true, .restart = true});
  if (!checked) return std::unexpected(checked.error());
  if (checked->report.damage == checked->report.mended) return {};
  return fail(ErrorCode::kIntegrity, "not all could be mended: " + checked->causes());
}

void check_repaired(World& world, const Holding&, const Holding&, bool succeeded) {
  if (!succeeded) return;
  const auto checked = world.check({.read_data = true, .restart = true});
  INFO(checked.causes());
  CHECK(checked.report.damage == 0);
}

}  // namespace

Step back_up() {
  return {"back up", [](World& world) { return ended(back_up_now(world)); }, same, true, check_backup};
}

Step rot(const std::string& path) {
  const auto begin = [=](World& world) {
    auto flushed = world.drive->flush_tree();
    if (flushed) storage::CheckFixture::rot(world.data("tree/owner/" + path));
    world.has_damage = true;
    return ended(std::move(flushed));
  };
  return {"rot " + path, begin, same};
}

Step misplace(const std::string& path) {
  const auto begin = [=](World& world) {
    auto flushed = world.drive->flush_tree();
    if (flushed) fs::remove(world.data("tree/owner/" + path));
    world.edit_catalog("UPDATE users SET bytes = bytes + 5, files = files + 1 WHERE name = 'owner'");
    return ended(std::move(flushed));
  };
  return {"misplace " + path, begin, same};
}

Step share(const std::string& user, const std::string& path, const std::string& content) {
  const auto begin = [=](World& world) {
    if (auto created = world.drive->accounts().create_user(user, {}); !created) return ended(std::move(created));
    const auto owner = world.actor;
    world.become(user);
    const auto put = world.put(path, content);
    world.actor = owner;
    return ended(put ? Result<void>() : std::unexpected(put.error()));
  };
  return {"share with " + user, begin, same};
}

Step repair(const std::string& path, const std::string& content) {
  const auto apply = [=](Holding holding) -> std::optional<Holding> {
    holding[path] = content;
    return holding;
  };
  return {"repair", [](World& world) { return ended(repair_now(world)); }, apply, true, check_repaired};
}

}  // namespace ndisk::faults
