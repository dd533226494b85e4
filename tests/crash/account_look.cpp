#include "tests/crash/account_look.hpp"

#include "storage/sqlite.hpp"
#include "tests/crash/open_drive.hpp"

namespace ndisk::crash {
namespace {

// How many invites are open is not said: one that was made, and whose answer was lost, is made again.
constexpr char kInvites[] =
    "SELECT 'invites of ' || users.name, count(used_key) || ' used' || iif(count(used_key) < count(*), ', some open', "
    "'') FROM invites JOIN users ON users.id = invites.user GROUP BY users.id";

// Those of a removed user go soon, and are nobody's to see.
constexpr char kUploads[] =
    "SELECT 'upload of ' || devices.name, 'is there' FROM uploads JOIN devices ON devices.id = uploads.device "
    "JOIN users ON users.id = uploads.user WHERE users.name NOT LIKE 'removed:%'";

// Whose it is, and what it gets to see.
Result<std::string> look_by(storage::Drive& drive, const storage::Identity& device) {
  const auto page = drive.list(device.actor, {storage::at(""), true, "", 1000});
  if (!page) return std::unexpected(page.error());
  auto seen = device.user_name + ":";
  for (const auto& entry : page->entries) seen += " " + entry.path + " (" + std::to_string(entry.size) + " bytes)";
  return seen;
}

Result<void> look_at_devices(storage::Drive& drive, const std::vector<std::string>& devices, World& world) {
  for (const auto& device : devices) {
    const auto identity = drive.accounts().find_device(OpenDrive::key_of(device));
    if (!identity && identity.error().code == ErrorCode::kNotAllowed) continue;
    if (!identity) return std::unexpected(identity.error());
    auto seen = look_by(drive, *identity);
    if (!seen) return std::unexpected(std::move(seen.error()));
    world["login " + device] = *seen;
  }
  return {};
}

Result<void> look_at_rows(const std::string& vfs, World& world) {
  auto database = storage::Database::open(std::string(kData) + "/ndisk.db", storage::DatabaseMode::kExisting, vfs);
  if (!database) return std::unexpected(std::move(database.error()));
  for (const char* sql : {kInvites, kUploads}) {
    auto rows = (*database)->query(sql);
    while (rows.step()) world[rows.bytes(0)] = rows.bytes(1);
  }
  if (auto error = (*database)->take_error()) return std::unexpected(std::move(*error));
  return {};
}

}  // namespace

Result<void> look_at_accounts(storage::Drive& drive, const std::vector<std::string>& devices, const std::string& vfs,
                              World& world) {
  auto users = drive.accounts().users("", 100);
  if (!users) return std::unexpected(std::move(users.error()));
  for (const auto& user : *users) world["user " + user.name] = std::to_string(user.devices) + " devices";
  if (devices.empty()) return {};
  if (auto looked = look_at_devices(drive, devices, world); !looked) return looked;
  return look_at_rows(vfs, world);
}

}  // namespace ndisk::crash
