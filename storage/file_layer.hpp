// FileLayer: every disk call of storage/ except SQLite's own, so that tests can make each of them fail.
//
// The layer speaks errno: callers know what the thing is and word the error (fail_disk). Names are relative to a
// folder's descriptor; no part of one is followed if it is a symbolic link (ELOOP; ENOTDIR for a single name that is to
// be a folder), and one of several parts takes a descriptor for the time of the call (EMFILE). EINTR and short reads
// and writes are handled here and nowhere else. Thread-safe: implementations keep no state that callers can see.
#pragma once

#include <fcntl.h>
#include <sys/types.h>

#include <expected>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/bytes.hpp"
#include "common/clock.hpp"
#include "common/error.hpp"
#include "storage/fd.hpp"

namespace ndisk::storage {

struct Errno {
  int number = 0;
};

template <class T = void>
using DiskResult = std::expected<T, Errno>;

// The Error of a failed call, as fail_errno words it; a full disk with what to do about it.
[[nodiscard]] inline std::unexpected<Error> fail_disk(Errno error, std::string_view verb, std::string_view thing) {
  auto failed = fail_errno(error.number, verb, thing);
  if (failed.error().code == ErrorCode::kNoSpace) failed.error().message += "; free some space on the server's disk";
  return failed;
}

enum class FileType : std::uint8_t { kFile, kFolder, kOther };

struct FileStatus {
  FileType type = FileType::kOther;
  std::uint64_t size = 0;
  TimeNs mtime = 0;
  std::uint32_t mode = 0;  // & 07777
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
};

struct FileSystemStatus {
  std::uint64_t free_bytes = 0;  // that this process may use
  bool reliable_syncfs = false;  // one syncfs makes everything before it durable, and reports what it could not write
};

class FileLayer {
 public:
  virtual ~FileLayer() = default;

  // O_CLOEXEC is always added. AT_FDCWD, here and below: for the data directory's own path, which may lead over links.
  virtual DiskResult<Fd> open(int folder, const std::string& name, int flags, mode_t mode = 0) = 0;
  // Follows no symbolic link on the whole way and never leaves `folder`.
  virtual DiskResult<Fd> open_beneath(int folder, const std::string& path, int flags) = 0;

  // Fills `out`; fewer bytes only at the end of the file.
  virtual DiskResult<std::size_t> read_at(int file, std::span<std::uint8_t> out, std::uint64_t offset) = 0;
  // Writes all of `bytes`. After an error an unknown part of them is written.
  virtual DiskResult<> write_at(int file, ByteView bytes, std::uint64_t offset) = 0;
  virtual DiskResult<> truncate(int file, std::uint64_t size) = 0;
  // Starts to write a range back without waiting for it. Only a hint: its failures are seen by the next sync.
  virtual void start_writeback(int file, std::uint64_t offset, std::uint64_t size) = 0;
  // What is read from now on comes from the disk, as far as the system allows. Only a hint.
  virtual void forget_cached(int file) = 0;

  virtual DiskResult<> sync(int file) = 0;       // fsync, of a file or a folder
  virtual DiskResult<> sync_data(int file) = 0;  // fdatasync
  virtual DiskResult<> sync_file_system(int file) = 0;

  virtual DiskResult<> rename(int from_folder, const std::string& from, int to_folder, const std::string& to) = 0;
  virtual DiskResult<> link(int from_folder, const std::string& from, int to_folder, const std::string& to) = 0;
  virtual DiskResult<> remove_file(int folder, const std::string& name) = 0;
  virtual DiskResult<> remove_folder(int folder, const std::string& name) = 0;
  virtual DiskResult<> make_folder(int folder, const std::string& name, mode_t mode) = 0;

  virtual DiskResult<FileStatus> status(int file) = 0;
  virtual DiskResult<FileStatus> status_at(int folder, const std::string& name) = 0;
  virtual DiskResult<> set_mtime(int file, TimeNs mtime) = 0;
  virtual DiskResult<> set_mode(int file, mode_t mode) = 0;
  virtual DiskResult<> set_group(int file, gid_t group) = 0;

  // Calls `visit` with each name save "." and ".."; stops early when it returns false. `folder` is open for reading.
  virtual DiskResult<> visit_names(int folder, const std::function<bool(const std::string&)>& visit) = 0;
  virtual DiskResult<FileSystemStatus> file_system(int file) = 0;
  // An exclusive lock, without waiting: EWOULDBLOCK if another process has it. Ends when the file is closed.
  virtual DiskResult<> lock(int file) = 0;
};

// Some of the names in a folder, none only if it is empty: what is to be emptied is read in bounded pieces.
[[nodiscard]] inline DiskResult<std::vector<std::string>> some_names(FileLayer& files, int folder) {
  constexpr std::size_t kNamesAtOnce = 256;
  std::vector<std::string> names;
  const auto visited = files.visit_names(folder, [&](const std::string& name) {
    names.push_back(name);
    return names.size() < kNamesAtOnce;
  });
  if (!visited) return std::unexpected(visited.error());
  return names;
}

}  // namespace ndisk::storage
