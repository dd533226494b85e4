#include "storage/posix_file_layer.hpp"
#include "storage/rebuild.hpp"
#include "tests/faults/steps.hpp"

namespace ndisk::faults {
namespace {

constexpr std::size_t kPageSize = 1000;

Result<std::string> content_of(storage::Drive& drive, const storage::Actor& actor, const std::string& path) {
  auto reader = drive.open_file(actor, {storage::at(path), {}});
  if (!reader) return std::unexpected(reader.error());
  Bytes bytes((*reader)->size());
  const auto count = (*reader)->read(0, bytes);
  if (!count) return std::unexpected(count.error());
  if (*count != bytes.size() || sha256(bytes) != (*reader)->sha256()) {
    return fail(ErrorCode::kIntegrity, path + " has other bytes than its digest says");
  }
  return std::string(as_text(bytes));
}

// Files and folders, with `prefix` before their paths.
Result<void> add_entries(storage::Drive& drive, const storage::Actor& actor, const std::string& prefix, bool has_damage,
                         Holding& holding) {
  const auto page = drive.list(actor, {.path = {}, .recursive = true, .after = "", .max_entries = kPageSize});
  if (!page) return std::unexpected(page.error());
  for (const auto& entry : page->entries) {
    if (entry.kind == storage::Kind::kFolder) {
      holding[prefix + entry.path + "/"] = "";
      continue;
    }
    auto content = content_of(drive, actor, entry.path);
    if (!content && has_damage && content.error().code == ErrorCode::kIntegrity) content = kDamaged;
    if (!content) return fail_with_context(prefix + entry.path, std::move(content.error()));
    holding[prefix + entry.path] = std::move(*content);
  }
  return {};
}

Result<void> add_receipts(storage::Drive& drive, const storage::Actor& actor, Holding& holding) {
  for (std::uint64_t number = 1;; ++number) {
    const auto receipt = drive.receipt_state(actor, number);
    if (!receipt) return std::unexpected(receipt.error());
    if (!receipt->sha256) return {};
    holding["receipt:/" + std::to_string(number)] = "";
  }
}

// Users with what they hold, and devices.
Result<void> add_accounts(storage::Drive& drive, bool has_damage, Holding& holding) {
  auto& accounts = drive.accounts();
  const auto users = accounts.users("", kPageSize);
  if (!users) return std::unexpected(users.error());
  for (const auto& user : *users) {
    if (user.name == storage::kOwnerName) continue;
    const auto name = "user:/" + user.name;
    holding[name] = "";
    const storage::Actor actor{user.id, {}};
    if (auto added = add_entries(drive, actor, name + "/", has_damage, holding); !added) return added;
  }
  const auto devices = accounts.devices("", {}, kPageSize);
  if (!devices) return std::unexpected(devices.error());
  for (const auto& device : *devices) {
    if (!device.local) holding["device:/" + device.user] = device.revoked ? "revoked" : "";
  }
  return {};
}

}  // namespace

World::World() {
  // Small, so that a small upload has several.
  options.checkpoint_bytes = 128 << 10;
  options.unsized_checkpoint_bytes = 64 << 10;
}

void World::recover() {
  if (drive) return;
  if (may_lack_catalog && !std::filesystem::exists(data("ndisk.db"))) {
    const auto rebuilt = rebuild_catalog(false);
    INFO((rebuilt ? "" : rebuilt.error().message));
    REQUIRE(rebuilt);
  }
  open();
}

Result<void> World::rebuild_catalog(bool force) {
  storage::PosixFileLayer layer;
  storage::RebuildOptions how;
  how.data_directory = options.data_directory;
  how.force = force;
  const auto report = storage::rebuild(how, layer, clock);
  if (!report) return std::unexpected(report.error());
  return {};
}

Result<Holding> World::look() {
  if (drive) return look_at(*drive, actor, has_damage);
  if (!closed) return fail(ErrorCode::kInternal, "nobody knows what the closed drive holds");
  return *closed;
}

Result<Holding> World::look_at(storage::Drive& drive, const storage::Actor& actor, bool has_damage) {
  Holding holding;
  if (auto added = add_entries(drive, actor, "", has_damage, holding); !added) return std::unexpected(added.error());
  const auto items = drive.trash(actor, 0, kPageSize);
  if (!items) return std::unexpected(items.error());
  for (const auto& item : *items) {
    holding["trash:/" + item.path + (item.kind == storage::Kind::kFolder ? "/" : "")] = "";
  }
  if (auto added = add_receipts(drive, actor, holding); !added) return std::unexpected(added.error());
  if (auto added = add_accounts(drive, has_damage, holding); !added) return std::unexpected(added.error());
  return holding;
}

}  // namespace ndisk::faults
