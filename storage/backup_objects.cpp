#include "storage/backup_objects.hpp"

#include <cerrno>
#include <cstdlib>

#include "storage/large_buffer.hpp"

namespace ndisk::storage {
namespace {

constexpr std::size_t kGroup = 128;              // files that are synced together, and open meanwhile
constexpr std::uint64_t kGroupBytes = 64 << 20;  // and what they may hold
constexpr std::size_t kSyncAllFrom = 16;         // files in a group
constexpr std::size_t kReadBytes = 1 << 20;
constexpr mode_t kObjectMode = 0444;
constexpr TimeNs kCoarsestTime = 2 * kSecondNs;  // of the file systems that disks for backups have

std::string last_part(const std::string& name) { return name.substr(name.find('/') + 1); }

// This object, or this file system, takes no more links.
bool can_not_link(Errno error) {
  return error.number == EMLINK || error.number == EXDEV || error.number == EPERM || error.number == EOPNOTSUPP ||
         error.number == ENOSYS || error.number == EACCES;
}

// Of one file: its content can't be backed up, and that is no reason to leave the others.
bool is_damage(const Error& error) { return error.code == ErrorCode::kIntegrity || error.code == ErrorCode::kIo; }

bool can_not_be_read(Errno error) { return is_damage(fail_disk(error, "read", "an object").error()); }

bool is_coarse_same(TimeNs one, TimeNs other) {
  const auto apart = one < other ? other - one : one - other;
  return apart >= 0 && apart < kCoarsestTime;
}

}  // namespace

BackupObjects::BackupObjects(FileLayer& files, const BackupSource& source, const BackupPlace& place,
                             const BackUpOptions& options)
    : files_(files),
      options_(options),
      place_(place),
      source_folder_(source.directory.objects.get()),
      folder_(place.directory().objects.get()),
      source_(files, source.directory),
      reliable_syncfs_([&] {
        const auto status = files.file_system(place.directory().root.get());
        return status && status->reliable_syncfs;
      }()),
      can_link_(!options.copy) {}

Result<bool> BackupObjects::bring(const ObjectRow& row) {
  ++report_.objects;
  report_.bytes += row.size;
  const auto known = report_.damaged;
  const bool is_suspect = is_damaged(row.state);
  const auto there = is_suspect ? is_right(row) : has(row);
  if (!there) return std::unexpected(there.error());
  if (*there) return true;
  // Size and time say nothing of what was found damaged: only a copy is compared with its digest.
  if (auto brought = is_suspect ? copy(row) : bring_missing(row); !brought) return std::unexpected(brought.error());
  return report_.damaged == known;
}

void BackupObjects::begin_verify() {
  report_.damaged = 0;
  damaged_.clear();
}

Result<void> BackupObjects::bring_missing(const ObjectRow& row) {
  if (can_link_) {
    const auto linked = link(row);
    if (!linked) return std::unexpected(linked.error());
    if (*linked) return {};
  }
  return copy(row);
}

// From an earlier backup, or from one that was interrupted. A time that is another says that somebody was at it.
Result<bool> BackupObjects::has(const ObjectRow& row) {
  const auto status = files_.status_at(folder_, ObjectStore::name(row.id, row.sha256));
  if (!status && status.error().number == ENOENT) return false;
  if (!status) return fail_disk(status.error(), "look at an object in", place_.directory().path);
  if (status->type != FileType::kFile || status->size != row.size) return false;
  if (is_coarse_same(status->mtime, row.disk_mtime)) return true;
  return is_right(row);
}

// True: it is there, or is damaged. False: it has to be copied.
Result<bool> BackupObjects::link(const ObjectRow& row) {
  const auto checked = source_.check(row);
  if (!checked && is_damage(checked.error())) {
    note_damage(row, checked.error().message);
    return true;
  }
  if (!checked) return std::unexpected(checked.error());
  const auto name = ObjectStore::name(row.id, row.sha256);
  auto linked = files_.link(source_folder_, name, folder_, name);
  // What stands there was looked at, and is not right.
  if (!linked && linked.error().number == EEXIST) return false;
  // Put aside meanwhile: copying says so.
  if (!linked && linked.error().number == ENOENT) return false;
  if (linked) {
    ++report_.linked;
    return true;
  }
  if (!can_not_link(linked.error())) return fail_disk(linked.error(), "link an object into", place_.directory().path);
  // One object may have all the links that it can; all else is the same for every object.
  if (linked.error().number != EMLINK) can_link_ = false;
  return false;
}

Result<void> BackupObjects::copy(const ObjectRow& row) {
  auto opened = source_.open(row);
  if (!opened && is_damage(opened.error())) {
    note_damage(row, opened.error().message);
    return {};
  }
  if (!opened) return std::unexpected(std::move(opened.error()));
  const auto name = ObjectStore::name(row.id, row.sha256);
  const auto temporary = last_part(name);
  auto file = files_.open(place_.incoming(), temporary, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (!file) return fail_disk(file.error(), "make an object in", place_.directory().path);
  const auto whole = copy_bytes(row, opened->file.get(), file->get());
  if (!whole || !*whole) {
    file->reset();
    // What can't be removed is removed by the next backup.
    (void)files_.remove_file(place_.incoming(), temporary);
    return whole ? Result<void>() : std::unexpected(whole.error());
  }
  // As far as this file system can hold them: the catalog knows.
  (void)files_.set_mode(file->get(), kObjectMode);
  (void)files_.set_mtime(file->get(), row.disk_mtime);
  waiting_.push_back({name, std::move(*file)});
  waiting_bytes_ += row.size;
  ++report_.copied;
  return waiting_.size() >= kGroup || waiting_bytes_ >= kGroupBytes ? settle() : Result<void>();
}

// False: what was read is not what was recorded.
Result<bool> BackupObjects::copy_bytes(const ObjectRow& row, int from, int to) {
  Sha256 digest;
  auto buffer = make_buffer(std::min<std::uint64_t>(kReadBytes, row.size + 1));
  if (!buffer) return fail_disk(buffer.error(), "read", "an object");
  for (std::uint64_t offset = 0;;) {
    const auto count = files_.read_at(from, *buffer, offset);
    if (!count && can_not_be_read(count.error())) {
      note_damage(row, "the disk can't read it");
      return false;
    }
    if (!count) return fail_disk(count.error(), "read", "an object");
    if (*count == 0) break;
    const auto bytes = ByteView(*buffer).first(*count);
    digest.add(bytes);
    if (auto written = files_.write_at(to, bytes, offset); !written) {
      return fail_disk(written.error(), "write an object in", place_.directory().path);
    }
    offset += *count;
  }
  if (digest.digest() == row.sha256) return true;
  note_damage(row, "its content on the server's disk was changed from outside");
  return false;
}

Result<void> BackupObjects::settle() {
  if (waiting_.empty()) return {};
  const bool all_at_once = reliable_syncfs_ && waiting_.size() >= kSyncAllFrom;
  for (const auto& one : waiting_) {
    const auto synced = all_at_once ? files_.sync_file_system(one.file.get()) : files_.sync(one.file.get());
    if (!synced) return fail_disk(synced.error(), "sync what was copied to", place_.directory().path);
    if (all_at_once) break;
  }
  for (const auto& one : waiting_) {
    if (auto named = files_.rename(place_.incoming(), last_part(one.name), folder_, one.name); !named) {
      return fail_disk(named.error(), "name an object in", place_.directory().path);
    }
  }
  waiting_.clear();
  waiting_bytes_ = 0;
  return {};
}

Result<void> BackupObjects::verify(const ObjectRow& row) {
  const auto right = is_right(row);
  if (!right) return std::unexpected(right.error());
  if (*right) {
    ++report_.verified;
    return {};
  }
  const auto known = report_.damaged;
  // Never by a link: that would be what was read, or would meet it there.
  if (auto copied = copy(row); !copied) return copied;
  if (auto settled = settle(); !settled) return settled;
  if (report_.damaged > known) return {};
  const auto mended = is_right(row);
  if (!mended) return std::unexpected(mended.error());
  if (*mended) {
    ++report_.verified;
    return {};
  }
  return fail(ErrorCode::kIo, "what is written to " + place_.directory().path +
                                  " is not what is read there: that disk is not to be trusted");
}

Result<bool> BackupObjects::is_right(const ObjectRow& row) {
  auto file = files_.open(folder_, ObjectStore::name(row.id, row.sha256), O_RDONLY | O_NONBLOCK);
  if (!file && (file.error().number == ENOENT || file.error().number == ELOOP)) return false;
  if (!file) return fail_disk(file.error(), "open an object in", place_.directory().path);
  files_.forget_cached(file->get());
  Sha256 digest;
  auto buffer = make_buffer(std::min<std::uint64_t>(kReadBytes, row.size + 1));
  if (!buffer) return fail_disk(buffer.error(), "read an object in", place_.directory().path);
  for (std::uint64_t offset = 0;;) {
    const auto count = files_.read_at(file->get(), *buffer, offset);
    if (!count && can_not_be_read(count.error())) return false;
    if (!count) return fail_disk(count.error(), "read an object in", place_.directory().path);
    if (*count == 0) return digest.digest() == row.sha256;
    digest.add(ByteView(*buffer).first(*count));
    offset += *count;
  }
}

void BackupObjects::note_damage(const ObjectRow& row, const std::string& cause) {
  ++report_.damaged;
  if (damaged_.size() >= kMaxNamed) return;
  damaged_.push_back({row.id, {ObjectStore::name(row.id, row.sha256), cause, {}, {}, 0, 0}});
}

}  // namespace ndisk::storage
