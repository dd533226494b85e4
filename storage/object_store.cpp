#include "storage/object_store.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <new>
#include <set>

#include "storage/disk_room.hpp"
#include "storage/large_buffer.hpp"

namespace ndisk::storage {
namespace {

constexpr std::size_t kReadBytes = 256 * 1024;

bool has_reliable_syncfs(FileLayer& files, int folder) {
  const auto status = files.file_system(folder);
  return status && status->reliable_syncfs;
}

std::optional<ObjectStore::Found> parse_name(const std::string& name) {
  constexpr std::size_t kHexBytes = 64;
  if (name.size() < kHexBytes + 2 || name[kHexBytes] != '.') return std::nullopt;
  const auto digest = from_hex(std::string_view(name).substr(0, kHexBytes));
  if (!digest) return std::nullopt;
  ObjectStore::Found found;
  std::ranges::copy(*digest, found.sha256.begin());
  const char* end = name.data() + name.size();
  const auto parsed = std::from_chars(name.data() + kHexBytes + 1, end, found.id);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return found;
}

std::unexpected<Error> fail_changed() {
  return fail(ErrorCode::kIntegrity, "its content on the server's disk was changed from outside");
}

// Only what is certain counts as damage: a disk that could not say may say better the next time.
std::unexpected<Error> fail_object(Errno error, std::string_view verb) {
  if (error.number == ENOENT) return fail(ErrorCode::kIntegrity, "its content is missing on the server's disk");
  if (error.number == ELOOP) return fail_changed();
  return fail_disk(error, verb, "an object");
}

}  // namespace

ObjectStore::ObjectStore(FileLayer& files, const DataDirectory& directory)
    : files_(files),
      folder_(directory.objects.get()),
      reliable_syncfs_(has_reliable_syncfs(files, directory.objects.get())) {}

std::string ObjectStore::name(std::int64_t id, const Digest& sha256) {
  return object_folder_name(sha256[0]) + '/' + to_hex(sha256) + '.' + std::to_string(id);
}

Result<NewObject> ObjectStore::write(std::int64_t id, const Digest& sha256, ByteView content, TimeNs mtime) {
  if (auto room = check_room(files_, folder_, content.size()); !room) return std::unexpected(std::move(room.error()));
  const auto path = name(id, sha256);
  const auto begun_after = failed_syncs();
  auto file = files_.open(folder_, path, O_WRONLY | O_CREAT | O_EXCL, kMode);
  if (!file) return fail_disk(file.error(), "make", "an object");
  Result<NewObject> object;
  if (auto written = files_.write_at(file->get(), content, 0); !written) {
    object = fail_disk(written.error(), "write", "an object");
  } else {
    object = describe(id, sha256, file->get(), mtime);
  }
  if (!object) {
    // What can't be removed now is litter for the collector.
    (void)files_.remove_file(folder_, path);
    return object;
  }
  object->begun_after = begun_after;
  object->file = std::move(*file);
  return object;
}

// Gives the file its mode and mtime, and notes the mtime that the file system made of it.
Result<NewObject> ObjectStore::describe(std::int64_t id, const Digest& sha256, int file, TimeNs mtime) {
  // A time that this file system can't hold is no reason to refuse the file: the catalog keeps it.
  (void)files_.set_mtime(file, mtime);
  const auto status = files_.status(file);
  if (!status) return fail_disk(status.error(), "look at", "an object");
  if (status->mode != kMode) {
    if (auto set = files_.set_mode(file, kMode); !set) {
      return fail_disk(set.error(), "set the mode of", "an object");
    }
  }
  NewObject object;
  object.id = id;
  object.sha256 = sha256;
  object.size = status->size;
  object.disk_mtime = status->mtime;
  return object;
}

Result<NewObject> ObjectStore::adopt(std::int64_t id, const Digest& sha256, const StagedContent& staged, TimeNs mtime) {
  if (auto cut = files_.truncate(staged.file, staged.size); !cut) return fail_disk(cut.error(), "trim", "an upload");
  auto object = describe(id, sha256, staged.file, mtime);
  if (!object) return object;
  if (auto synced = files_.sync(staged.file); !synced) return fail_disk(synced.error(), "sync", "an upload");
  // Open before the name is made: so it is told if that can't be written, whoever else is told.
  const auto folder_name = object_folder_name(sha256[0]);
  const auto folder = open_folder(folder_name);
  if (!folder) return std::unexpected(folder.error());
  if (auto linked = files_.link(staged.folder, staged.name, folder_, name(id, sha256)); !linked) {
    return fail_disk(linked.error(), "link", "an upload into objects");
  }
  if (auto synced = sync_folder(sha256[0], folder->get()); !synced) {
    (void)files_.remove_file(folder_, name(id, sha256));
    return std::unexpected(std::move(synced.error()));
  }
  object->durable = true;
  return object;
}

Result<Fd> ObjectStore::open_folder(const std::string& name) {
  auto folder = files_.open(folder_, name, O_RDONLY | O_DIRECTORY);
  if (!folder) return fail_disk(folder.error(), "open", "objects/" + name);
  return std::move(*folder);
}

Result<void> ObjectStore::sync_folder(std::uint8_t first_byte, int folder) {
  const std::scoped_lock lock(folder_syncs_[first_byte]);
  const auto synced = files_.sync(folder);
  if (synced) return {};
  ++failed_of_folders_;
  return fail_disk(synced.error(), "sync", "objects/" + object_folder_name(first_byte));
}

Result<void> ObjectStore::sync_all() {
  const auto synced = files_.sync_file_system(folder_);
  if (synced) return {};
  ++failed_of_file_system_;
  return fail_disk(synced.error(), "sync", "objects");
}

// What a sync of the file system could not write may have been of a later group, some of whose files were there by
// then; the next one says nothing of it. The file's own descriptor does, as it was open before.
Result<void> ObjectStore::persist(std::span<NewObject* const> group, bool quiet) {
  const auto failed = failed_of_file_system_.load();
  const bool are_all_later =
      std::ranges::all_of(group, [&](const auto* object) { return object->begun_after.of_file_system == failed; });
  const bool all_at_once = quiet && reliable_syncfs_ && group.size() >= kSyncAllFrom && are_all_later;
  if (auto synced = all_at_once ? sync_all() : sync_each(group); !synced) return synced;
  for (auto* object : group) {
    object->durable = true;
    object->close();
  }
  return {};
}

Result<void> ObjectStore::sync_each(std::span<NewObject* const> group) {
  std::set<std::uint8_t> folders;
  for (const auto* object : group) {
    if (auto synced = files_.sync(object->file.get()); !synced) return fail_disk(synced.error(), "sync", "an object");
    folders.insert(object->sha256[0]);
  }
  for (const auto first_byte : folders) {
    const auto folder = open_folder(object_folder_name(first_byte));
    if (!folder) return std::unexpected(folder.error());
    if (auto synced = sync_folder(first_byte, folder->get()); !synced) return synced;
  }
  // Nobody had a folder open since before the name was made, so nothing owes the error that a failed sync was told.
  const auto failed = failed_of_folders_.load();
  for (const auto* object : group) {
    if (object->begun_after.of_folders == failed) continue;
    return fail(ErrorCode::kIo, "a folder of objects could not be synced: some of its names may be lost; try again");
  }
  return {};
}

Result<ObjectStore::Opened> ObjectStore::open(const ObjectRow& row) {
  auto file = files_.open(folder_, name(row.id, row.sha256), O_RDONLY | O_NONBLOCK);
  if (!file) return fail_object(file.error(), "open");
  const auto status = files_.status(file->get());
  if (!status) return fail_disk(status.error(), "look at", "an object");
  if (status->type != FileType::kFile || status->size != row.size) return fail_changed();
  if (status->mtime != row.disk_mtime) {
    const auto same = has_digest(file->get(), row.sha256);
    if (!same) return std::unexpected(same.error());
    if (!*same) return fail_changed();
  }
  return Opened{std::move(*file), status->mtime};
}

Result<TimeNs> ObjectStore::check(const ObjectRow& row) {
  const auto status = files_.status_at(folder_, name(row.id, row.sha256));
  if (!status) return fail_object(status.error(), "look at");
  if (status->type != FileType::kFile || status->size != row.size) return fail_changed();
  if (status->mtime == row.disk_mtime) return row.disk_mtime;
  const auto opened = open(row);
  if (!opened) return std::unexpected(opened.error());
  return opened->disk_mtime;
}

Result<ObjectStore::Look> ObjectStore::look(const ObjectRow& row) {
  const auto status = files_.status_at(folder_, name(row.id, row.sha256));
  if (!status && status.error().number == ENOENT) return Look{Seen::kMissing, 0, 0};
  if (!status) return fail_disk(status.error(), "look at", "an object");
  const bool is_whole = status->type == FileType::kFile && status->size == row.size;
  const auto seen = !is_whole ? Seen::kChanged : status->mtime == row.disk_mtime ? Seen::kSame : Seen::kTouched;
  return Look{seen, status->mode, status->mtime};
}

Result<Fd> ObjectStore::open_raw(const ObjectRow& row) {
  auto file = files_.open(folder_, name(row.id, row.sha256), O_RDONLY | O_NONBLOCK);
  if (!file) return fail_object(file.error(), "open");
  const auto status = files_.status(file->get());
  if (!status) return fail_disk(status.error(), "look at", "an object");
  if (status->type != FileType::kFile) return fail_changed();
  return std::move(*file);
}

Result<bool> ObjectStore::is_whole(const ObjectRow& row, const std::atomic<bool>& stop) {
  const auto file = open_raw(row);
  if (!file && file.error().code == ErrorCode::kIntegrity) return false;
  if (!file) return std::unexpected(file.error());
  files_.forget_cached(file->get());
  const auto whole = has_digest(file->get(), row.sha256, &stop);
  if (!whole || *whole) return whole;
  // Once more, from the disk: what was read may have been harmed on the way.
  files_.forget_cached(file->get());
  return has_digest(file->get(), row.sha256, &stop);
}

Result<bool> ObjectStore::has_digest(int file, const Digest& sha256, const std::atomic<bool>* stop) {
  Sha256 digest;
  auto buffer = make_buffer(kReadBytes);
  if (!buffer) return fail_disk(buffer.error(), "read", "an object");
  for (std::uint64_t offset = 0;;) {
    if (stop != nullptr && *stop) {
      return fail(ErrorCode::kShuttingDown, "the server is stopping; a later run goes on", true);
    }
    const auto count = files_.read_at(file, *buffer, offset);
    if (!count) return fail_disk(count.error(), "read", "an object");
    if (*count == 0) return digest.digest() == sha256;
    digest.add(ByteView(*buffer).first(*count));
    offset += *count;
  }
}

bool ObjectStore::may_exist(std::int64_t id, const Digest& sha256) {
  try {
    const auto status = files_.status_at(folder_, name(id, sha256));
    return status || status.error().number != ENOENT;
  } catch (const std::bad_alloc&) {
    return true;
  }
}

Result<void> ObjectStore::remove(std::int64_t id, const Digest& sha256) {
  const auto removed = files_.remove_file(folder_, name(id, sha256));
  if (removed || removed.error().number == ENOENT) return {};
  return fail_disk(removed.error(), "remove", shown_path(id, sha256));
}

Result<void> ObjectStore::sync_folder_of(const Digest& sha256) {
  const auto folder = open_folder(object_folder_name(sha256[0]));
  if (folder) return sync_folder(sha256[0], folder->get());
  return folder.error().code == ErrorCode::kNotFound ? Result<void>() : std::unexpected(folder.error());
}

Result<void> ObjectStore::visit(const std::function<bool(const Found&)>& visit) {
  bool more = true;
  const auto noted = [&](const Found& found) { return more = visit(found); };
  for (unsigned first = 0; first < 256 && more; ++first) {
    if (auto visited = visit_folder(first, noted); !visited) return visited;
  }
  return {};
}

Result<void> ObjectStore::visit_folder(unsigned first_byte, const std::function<bool(const Found&)>& visit) {
  const auto folder_name = object_folder_name(first_byte);
  auto folder = files_.open(folder_, folder_name, O_RDONLY | O_DIRECTORY);
  if (!folder) return fail_disk(folder.error(), "open", "objects/" + folder_name);
  const auto visited = files_.visit_names(folder->get(), [&](const std::string& name) {
    const auto found = parse_name(name);
    return !found || visit(*found);
  });
  if (!visited) return fail_disk(visited.error(), "read", "objects/" + folder_name);
  return {};
}

Result<std::uint64_t> ObjectStore::free_bytes() {
  const auto status = files_.file_system(folder_);
  if (!status) return fail_disk(status.error(), "look at", "the data directory's file system");
  return status->free_bytes;
}

}  // namespace ndisk::storage
