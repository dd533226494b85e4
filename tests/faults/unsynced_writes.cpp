#include "tests/faults/unsynced_writes.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#include <cstdio>
#include <cstring>
#include <string>

#include "tests/faults/real_calls.hpp"

namespace ndisk::faults {
namespace {

// The memory that connections share is no content: nobody syncs it.
bool is_shared_memory(int file) {
  const auto name = name_of(file);
  return name.ends_with("-shm");
}

// Also of a file that was opened for writing only.
void read_old(int file, std::uint64_t offset, std::vector<char>& out) {
  if (real_call(SYS_pread64, file, out.data(), out.size(), offset) >= 0) return;
  const auto path = "/proc/self/fd/" + std::to_string(file);
  const auto readable = static_cast<int>(real_call(SYS_openat, AT_FDCWD, path.c_str(), O_RDONLY | O_CLOEXEC, 0));
  if (readable < 0) return;
  real_call(SYS_pread64, readable, out.data(), out.size(), offset);
  real_call(SYS_close, readable);
}

}  // namespace

UnsyncedWrites::Key UnsyncedWrites::key_of(int file) {
  struct stat found {};
  real_call(SYS_newfstatat, file, "", &found, AT_EMPTY_PATH);
  return {found.st_dev, found.st_ino};
}

void UnsyncedWrites::note_write(int file, std::uint64_t offset, std::size_t size) {
  if (is_shared_memory(file)) return;
  auto& entry = files_[key_of(file)];
  if (entry.descriptor < 0) entry.descriptor = static_cast<int>(real_call(SYS_fcntl, file, F_DUPFD_CLOEXEC, 1000));
  Piece piece{offset, std::vector<char>(size)};
  read_old(file, offset, piece.old);
  entry.pieces.push_back(std::move(piece));
}

void UnsyncedWrites::note_truncate(int file, std::uint64_t size) {
  const auto found = files_.find(key_of(file));
  if (found == files_.end()) return;
  for (auto& piece : found->second.pieces) {
    const auto kept = size > piece.offset ? size - piece.offset : 0;
    if (kept < piece.old.size()) piece.old.resize(kept);
  }
}

void UnsyncedWrites::note_sync(int file) {
  const auto found = files_.find(key_of(file));
  if (found == files_.end()) return;
  forget(found->second);
  files_.erase(found);
}

void UnsyncedWrites::forget(File& file) {
  if (file.descriptor >= 0) real_call(SYS_close, file.descriptor);
  file.descriptor = -1;
  file.pieces.clear();
}

void UnsyncedWrites::forget_all() {
  for (auto& [key, file] : files_) forget(file);
  files_.clear();
}

void UnsyncedWrites::restore(File& file) {
  struct stat before {};
  real_call(SYS_newfstatat, file.descriptor, "", &before, AT_EMPTY_PATH);
  for (auto piece = file.pieces.rbegin(); piece != file.pieces.rend(); ++piece) {
    real_call(SYS_pwrite64, file.descriptor, piece->old.data(), piece->old.size(), piece->offset);
  }
  const timespec times[2] = {before.st_atim, before.st_mtim};
  real_call(SYS_utimensat, file.descriptor, nullptr, times, 0);
}

void UnsyncedWrites::lose(int file) {
  const auto found = files_.find(key_of(file));
  if (found == files_.end()) return;
  restore(found->second);
  forget(found->second);
  files_.erase(found);
}

void UnsyncedWrites::lose_all() {
  for (auto& [key, file] : files_) {
    if (file.descriptor < 0) continue;
    restore(file);
    forget(file);
    file.owes_error = true;
  }
}

bool UnsyncedWrites::take_debt(int file) {
  const auto found = files_.find(key_of(file));
  if (found == files_.end() || !found->second.owes_error) return false;
  found->second.owes_error = false;
  return true;
}

}  // namespace ndisk::faults
