#include "storage/posix_file_layer.hpp"
#include "storage/rebuild.hpp"
#include "tests/faults/steps.hpp"

namespace ndisk::faults {
namespace {

constexpr std::size_t kPageSize = 1000;

Result<void> add_accounts(storage::Accounts& accounts, Holding& holding) {
  const auto users = accounts.users("", kPageSize);
  if (!users) return std::unexpected(users.error());
  for (const auto& user : *users) {
    if (user.name != storage::kOwnerName) holding["user:/" + user.name] = "";
  }
  const auto devices = accounts.devices("", {}, kPageSize);
  if (!devices) return std::unexpected(devices.error());
  for (const auto& device : *devices) {
    if (!device.local) holding["device:/" + device.user] = device.revoked ? "revoked" : "";
  }
  return {};
}

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

}  // namespace

World::World() {
  // Small, so that a small upload has several.
  options.checkpoint_bytes = 128 << 10;
  options.unsized_checkpoint_bytes = 64 << 10;
}

void World::recover() {
  if (drive) return;
  if (!std::filesystem::exists(data("ndisk.db"))) {
    const auto rebuilt = rebuild_catalog();
    INFO((rebuilt ? "" : rebuilt.error().message));
    REQUIRE(rebuilt);
  }
  open();
}

Result<void> World::rebuild_catalog() {
  storage::PosixFileLayer layer;
  storage::RebuildOptions how;
  how.data_directory = options.data_directory;
  how.force = true;
  const auto report = storage::rebuild(how, layer, clock);
  if (!report) return std::unexpected(report.error());
  return {};
}

Result<Holding> World::look_at(storage::Drive& drive, const storage::Actor& actor, bool has_damage) {
  Holding holding;
  const auto page = drive.list(actor, {.path = {}, .recursive = true, .after = "", .max_entries = kPageSize});
  if (!page) return std::unexpected(page.error());
  for (const auto& entry : page->entries) {
    if (entry.kind == storage::Kind::kFolder) {
      holding[entry.path + "/"] = "";
      continue;
    }
    if (entry.kind == storage::Kind::kLink) {
      holding[entry.path] = "-> " + to_hex(entry.sha256);  // of where it leads
      continue;
    }
    auto content = content_of(drive, actor, entry.path);
    if (!content && has_damage && content.error().code == ErrorCode::kIntegrity) content = kDamaged;
    if (!content) return fail_with_context(entry.path, std::move(content.error()));
    holding[entry.path] = std::move(*content);
  }
  const auto items = drive.trash(actor, 0, kPageSize);
  if (!items) return std::unexpected(items.error());
  for (const auto& item : *items) {
    holding["trash:/" + item.path + (item.kind == storage::Kind::kFolder ? "/" : "")] = "";
  }
  for (std::uint64_t number = 1;; ++number) {
    const auto receipt = drive.receipt_state(actor, number);
    if (!receipt) return std::unexpected(receipt.error());
    if (!receipt->sha256) break;
    holding["receipt:/" + std::to_string(number)] = "";
  }
  if (auto added = add_accounts(drive.accounts(), holding); !added) return std::unexpected(added.error());
  return holding;
}

}  // namespace ndisk::faults
