#include "storage/rebuild_objects.hpp"

#include <cerrno>
#include <cstring>

#include "common/shown_name.hpp"
#include "storage/large_buffer.hpp"

namespace ndisk::storage {
namespace {

constexpr char kTemporary[] = "rebuild";
constexpr std::size_t kReadBytes = 1 << 20;
constexpr mode_t kObjectMode = 0444;
constexpr int kBatch = 256;
enum : int { kUnread = 0, kRight = 1, kDamaged = 2, kUnreadable = 3 };

constexpr char kTables[] = R"sql(
CREATE TABLE found_objects (
  inode INTEGER PRIMARY KEY,
  id INTEGER NOT NULL,
  sha256 BLOB NOT NULL,
  size INTEGER NOT NULL,
  mtime INTEGER NOT NULL,
  state INTEGER NOT NULL DEFAULT 0,
  damage TEXT NOT NULL DEFAULT '',
  user INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE put_aside (
  inode INTEGER PRIMARY KEY,
  sha256 BLOB NOT NULL,
  name BLOB NOT NULL
);
CREATE INDEX found_objects_id ON found_objects (id);
CREATE INDEX found_objects_content ON found_objects (sha256);
)sql";

// What the disk, or who may do what there, says of one file is kIntegrity; the others may be fine.
std::unexpected<Error> fail_read(Errno error, const std::string& name) {
  auto failed = fail_disk(error, "read", shown_name(name));
  const auto code = failed.error().code;
  if (code != ErrorCode::kIo && code != ErrorCode::kNotAllowed) return failed;
  return fail(ErrorCode::kIntegrity, std::string("it can't be read: ") + std::strerror(error.number));
}

}  // namespace

RebuildObjects::RebuildObjects(FileLayer& files, const DataDirectory& directory, Database& database)
    : files_(files),
      directory_(directory),
      database_(database),
      store_(files, directory),
      quarantine_(files, directory) {}

Result<void> RebuildObjects::look() {
  const auto folder = files_.status(directory_.objects.get());
  if (!folder) return fail_disk(folder.error(), "look at", directory_.path + "/objects");
  device_ = folder->device;
  database_.run_script(kTables);
  Result<void> noted;
  const auto visited = store_.visit([&](const ObjectStore::Found& found) {
    noted = note(found);
    return noted.has_value();
  });
  if (!visited || !noted) return visited ? noted : visited;
  return note_put_aside();
}

// Objects only; what else is there was never served.
Result<void> RebuildObjects::note_put_aside() {
  constexpr std::size_t kHexBytes = 64;
  const auto folder = files_.open(directory_.root.get(), QuarantineFolder::kName, O_RDONLY | O_DIRECTORY);
  if (!folder && folder.error().number == ENOENT) return {};
  if (!folder) return fail_disk(folder.error(), "open", directory_.path + "/" + QuarantineFolder::kName);
  Result<void> noted;
  const auto visited = files_.visit_names(folder->get(), [&](const std::string& name) {
    const auto digest = from_hex(name.substr(0, std::min(name.find('.'), name.size())));
    if (!digest || digest->size() * 2 != kHexBytes) return true;
    const auto status = files_.status_at(folder->get(), name);
    if (!status)
      noted = fail_disk(status.error(), "look at", std::string(QuarantineFolder::kName) + "/" + shown_name(name));
    if (!status) return false;
    database_.run("INSERT OR IGNORE INTO put_aside (inode, sha256, name) VALUES (?, ?, ?)", status->inode, *digest,
                  as_bytes(name));
    return true;
  });
  if (!visited) return fail_disk(visited.error(), "read", directory_.path + "/" + QuarantineFolder::kName);
  return noted;
}

std::optional<RebuildObjects::PutAside> RebuildObjects::find_put_aside(const FileStatus& file, const Digest& sha256) {
  if (file.device != device_) return std::nullopt;
  auto query = database_.query("SELECT sha256, name FROM put_aside WHERE inode = ?", file.inode);
  if (!query.step() || query.fixed<32>(0) == sha256) return std::nullopt;
  return PutAside{query.bytes(1), query.fixed<32>(0)};
}

Result<void> RebuildObjects::note(const ObjectStore::Found& found) {
  next_id_ = std::max(next_id_, found.id + 1);
  const auto status = files_.status_at(directory_.objects.get(), ObjectStore::name(found.id, found.sha256));
  // It lies in a folder that is not its own, where nobody looks for it.
  if (!status && status.error().number == ENOENT) return {};
  if (!status) return fail_disk(status.error(), "look at", "an object");
  if (status->type != FileType::kFile) return {};
  database_.run("INSERT OR IGNORE INTO found_objects (inode, id, sha256, size, mtime) VALUES (?, ?, ?, ?, ?)",
                status->inode, found.id, found.sha256, status->size, status->mtime);
  return {};
}

Result<std::optional<RebuildObjects::Content>> RebuildObjects::find(const FileStatus& file) {
  if (file.device != device_) return std::nullopt;
  int state = kUnread;
  auto content = load(file.inode, state);
  if (!content || state != kUnread) return content;
  if (auto compared = compare(file.inode, *content); !compared) return std::unexpected(std::move(compared.error()));
  return content;
}

Result<std::optional<RebuildObjects::Content>> RebuildObjects::find_again(std::uint64_t inode) {
  int state = kUnread;
  auto content = load(inode, state);
  if (!content || state != kUnreadable || content->user != 0) return content;
  if (auto compared = compare(inode, *content); !compared) return std::unexpected(std::move(compared.error()));
  return content;
}

bool RebuildObjects::is_unreadable(std::int64_t id) {
  return database_.query("SELECT 1 FROM found_objects WHERE id = ? AND state = ?", id, kUnreadable).step();
}

std::optional<RebuildObjects::Content> RebuildObjects::load(std::uint64_t inode, int& state) {
  auto query =
      database_.query("SELECT id, sha256, size, mtime, state, user, damage FROM found_objects WHERE inode = ?", inode);
  if (!query.step()) return std::nullopt;
  Content content;
  content.id = query.integer(0);
  content.sha256 = query.fixed<32>(1);
  content.size = query.number(2);
  content.disk_mtime = query.integer(3);
  state = static_cast<int>(query.integer(4));
  content.user = query.integer(5);
  content.damage = query.bytes(6);
  content.is_unreadable = state == kUnreadable;
  return content;
}

Result<std::optional<RebuildObjects::Content>> RebuildObjects::find_same(const Digest& sha256) {
  std::vector<std::uint64_t> inodes;
  auto query = database_.query("SELECT inode FROM found_objects WHERE sha256 = ? AND user = 0 LIMIT ?", sha256, kBatch);
  while (query.step()) inodes.push_back(query.number(0));
  for (const auto inode : inodes) {
    FileStatus status;
    status.device = device_;
    status.inode = inode;
    auto content = find(status);
    if (!content || (*content && (*content)->damage.empty())) return content;
  }
  return std::nullopt;
}

Result<Digest> RebuildObjects::digest_at(int folder, const std::string& name) {
  const auto file = files_.open(folder, name, O_RDONLY | O_NONBLOCK);
  if (!file) return fail_read(file.error(), name);
  Sha256 digest;
  auto buffer = make_buffer(kReadBytes);
  if (!buffer) return fail_disk(buffer.error(), "read", shown_name(name));
  for (;;) {
    const auto count = files_.read_at(file->get(), *buffer, digest.size());
    if (!count) return fail_read(count.error(), name);
    if (*count == 0) return digest.digest();
    digest.add(ByteView(*buffer).first(*count));
  }
}

Result<void> RebuildObjects::compare(std::uint64_t inode, Content& content) {
  const auto digest = digest_at(directory_.objects.get(), ObjectStore::name(content.id, content.sha256));
  if (!digest && digest.error().code != ErrorCode::kIntegrity) return std::unexpected(digest.error());
  content.is_unreadable = !digest;
  content.damage.clear();
  if (!digest) content.damage = digest.error().message;
  if (digest && *digest != content.sha256) content.damage = "its content is not what was stored";
  const int state = !digest ? kUnreadable : content.damage.empty() ? kRight : kDamaged;
  database_.run("UPDATE found_objects SET state = ?, damage = ? WHERE inode = ?", state, content.damage, inode);
  return {};
}

void RebuildObjects::take(std::int64_t id, std::int64_t user) {
  database_.run("UPDATE found_objects SET user = ? WHERE id = ?", user, id);
}

Result<RebuildObjects::Content> RebuildObjects::copy_aside(int folder, const std::string& name, TimeNs mtime) {
  auto from = files_.open(folder, name, O_RDONLY | O_NONBLOCK);
  if (!from) return fail_read(from.error(), name);
  // Never opened again: what an interrupted rebuild left has the mode of an object, which only root may write to.
  const auto removed = files_.remove_file(directory_.staging.get(), kTemporary);
  if (!removed && removed.error().number != ENOENT) {
    return fail_disk(removed.error(), "remove", directory_.path + "/staging/" + kTemporary);
  }
  auto to = files_.open(directory_.staging.get(), kTemporary, O_WRONLY | O_CREAT | O_EXCL, 0600);
  if (!to) return fail_disk(to.error(), "make", directory_.path + "/staging/" + kTemporary);
  Sha256 digest;
  auto buffer = make_buffer(kReadBytes);
  if (!buffer) return fail_disk(buffer.error(), "read", shown_name(name));
  for (;;) {
    const auto count = files_.read_at(from->get(), *buffer, digest.size());
    if (!count) return fail_read(count.error(), name);
    if (*count == 0) break;
    const auto bytes = ByteView(*buffer).first(*count);
    if (auto written = files_.write_at(to->get(), bytes, digest.size()); !written) {
      return fail_disk(written.error(), "write", directory_.path + "/staging/" + kTemporary);
    }
    digest.add(bytes);
  }
  // A time that this file system can't hold is no reason to leave the file out.
  (void)files_.set_mtime(to->get(), mtime);
  if (auto set = files_.set_mode(to->get(), kObjectMode); !set) {
    return fail_disk(set.error(), "set the mode of", "an object");
  }
  if (auto synced = files_.sync(to->get()); !synced) return fail_disk(synced.error(), "sync", "an object");
  const auto status = files_.status(to->get());
  if (!status) return fail_disk(status.error(), "look at", "an object");
  return Content{next_id_, digest.digest(), digest.size(), status->mtime, 0, {}};
}

Result<void> RebuildObjects::keep(const Content& content) {
  const auto renamed = files_.rename(directory_.staging.get(), kTemporary, directory_.objects.get(),
                                     ObjectStore::name(content.id, content.sha256));
  if (!renamed) return fail_disk(renamed.error(), "name", "an object");
  ++next_id_;
  return {};
}

Result<std::string> RebuildObjects::put_aside(int folder, const std::string& name) {
  return quarantine_.move_durably(folder, name);
}

Result<std::uint64_t> RebuildObjects::finish() {
  database_.run("UPDATE objects SET state = ? WHERE id IN (SELECT id FROM found_objects WHERE state = ? AND user <> 0)",
                static_cast<int>(ObjectState::kUnreadable), kUnreadable);
  std::uint64_t moved = 0;
  for (;;) {
    std::vector<ObjectStore::Found> unnamed;
    auto query = database_.query("SELECT id, sha256 FROM found_objects WHERE user = 0 LIMIT ?", kBatch);
    while (query.step()) unnamed.push_back({query.integer(0), query.fixed<32>(1)});
    if (auto error = database_.take_error()) return std::unexpected(std::move(*error));
    if (unnamed.empty()) break;
    for (const auto& one : unnamed) {
      const auto put = quarantine_.move(directory_.objects.get(), ObjectStore::name(one.id, one.sha256));
      if (!put) return std::unexpected(put.error());
      database_.run("DELETE FROM found_objects WHERE id = ?", one.id);
      ++moved;
    }
  }
  if (auto synced = sync_names(); !synced) return std::unexpected(std::move(synced.error()));
  database_.run("UPDATE counters SET value = ? WHERE name = 'object'", next_id_);
  database_.run("DROP TABLE found_objects");
  database_.run("DROP TABLE put_aside");
  return moved;
}

// Folders that lose names are synced after those that get them: a crash leaves one of both.
Result<void> RebuildObjects::sync_names() {
  if (auto synced = quarantine_.sync(); !synced) return synced;
  for (unsigned first = 0; first < 256; ++first) {
    const auto name = object_folder_name(first);
    auto folder = files_.open(directory_.objects.get(), name, O_RDONLY | O_DIRECTORY);
    if (!folder) return fail_disk(folder.error(), "open", "objects/" + name);
    if (auto synced = files_.sync(folder->get()); !synced) return fail_disk(synced.error(), "sync", "objects/" + name);
  }
  // Copied content was renamed from there, and a rename lasts once both folders are synced.
  if (auto synced = files_.sync(directory_.staging.get()); !synced) {
    return fail_disk(synced.error(), "sync", directory_.path + "/staging");
  }
  return {};
}

}  // namespace ndisk::storage
