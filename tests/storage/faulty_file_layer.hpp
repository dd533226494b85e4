// FaultyFileLayer: the machine's file system, with failures where the test wants them. Thread-safe.
#pragma once

#include <map>
#include <mutex>

#include "storage/posix_file_layer.hpp"

namespace ndisk::storage {

enum class Call {
  kOpen,
  kOpenBeneath,
  kRead,
  kWrite,
  kTruncate,
  kForgetCached,
  kSync,
  kSyncData,
  kSyncFileSystem,
  kRename,
  kLink,
  kRemoveFile,
  kRemoveFolder,
  kMakeFolder,
  kStatus,
  kSetMtime,
  kSetMode,
  kVisit,
  kFileSystem,
  kLock
};

class FaultyFileLayer final : public FileLayer {
 public:
  // The `nth` next call of this kind (1: the very next) fails with `error`, and so do `count - 1` after it.
  void fail_call(Call call, int error, int nth = 1, int count = 1) {
    const std::scoped_lock lock(mutex_);
    faults_[call] = {error, nth, count};
  }
  // Every open of a name with this in it fails.
  void fail_opening(std::string part, int error) {
    const std::scoped_lock lock(mutex_);
    closed_ = {std::move(part), error};
  }
  // Every removal of a file of a name with this in it fails.
  void fail_removing(std::string part, int error) {
    const std::scoped_lock lock(mutex_);
    kept_ = {std::move(part), error};
  }
  void heal() {
    const std::scoped_lock lock(mutex_);
    closed_.reset();
    kept_.reset();
    faults_.clear();
    before_.clear();
  }
  // Runs once, before the `nth` next call of this kind.
  void before_call(Call call, int nth, std::function<void()> action) {
    const std::scoped_lock lock(mutex_);
    before_[call] = {nth, std::move(action)};
  }
  [[nodiscard]] int calls(Call call) const {
    const std::scoped_lock lock(mutex_);
    const auto found = counts_.find(call);
    return found == counts_.end() ? 0 : found->second;
  }
  void pretend_free_bytes(std::uint64_t bytes) { free_bytes_ = bytes; }
  void pretend_reliable_syncfs(bool reliable) { reliable_syncfs_ = reliable; }

  DiskResult<Fd> open(int folder, const std::string& name, int flags, mode_t mode) override {
    if (const auto error = error_of(closed_, name)) return std::unexpected(Errno{error});
    return check(Call::kOpen, [&] { return real_.open(folder, name, flags, mode); });
  }
  DiskResult<Fd> open_beneath(int folder, const std::string& path, int flags) override {
    return check(Call::kOpenBeneath, [&] { return real_.open_beneath(folder, path, flags); });
  }
  DiskResult<std::size_t> read_at(int file, std::span<std::uint8_t> out, std::uint64_t offset) override {
    return check(Call::kRead, [&] { return real_.read_at(file, out, offset); });
  }
  DiskResult<> write_at(int file, ByteView bytes, std::uint64_t offset) override {
    return check(Call::kWrite, [&] { return real_.write_at(file, bytes, offset); });
  }
  DiskResult<> truncate(int file, std::uint64_t size) override {
    return check(Call::kTruncate, [&] { return real_.truncate(file, size); });
  }
  void start_writeback(int file, std::uint64_t offset, std::uint64_t size) override {
    real_.start_writeback(file, offset, size);
  }
  void forget_cached(int file) override {
    check(Call::kForgetCached, [&]() -> DiskResult<> {
      real_.forget_cached(file);
      return {};
    });
  }
  DiskResult<> sync(int file) override {
    return check(Call::kSync, [&] { return real_.sync(file); });
  }
  DiskResult<> sync_data(int file) override {
    return check(Call::kSyncData, [&] { return real_.sync_data(file); });
  }
  DiskResult<> sync_file_system(int file) override {
    return check(Call::kSyncFileSystem, [&] { return real_.sync_file_system(file); });
  }
  DiskResult<> rename(int from_folder, const std::string& from, int to_folder, const std::string& to) override {
    return check(Call::kRename, [&] { return real_.rename(from_folder, from, to_folder, to); });
  }
  DiskResult<> link(int from_folder, const std::string& from, int to_folder, const std::string& to) override {
    return check(Call::kLink, [&] { return real_.link(from_folder, from, to_folder, to); });
  }
  DiskResult<> remove_file(int folder, const std::string& name) override {
    if (const auto error = error_of(kept_, name)) return std::unexpected(Errno{error});
    return check(Call::kRemoveFile, [&] { return real_.remove_file(folder, name); });
  }
  DiskResult<> remove_folder(int folder, const std::string& name) override {
    return check(Call::kRemoveFolder, [&] { return real_.remove_folder(folder, name); });
  }
  DiskResult<> make_folder(int folder, const std::string& name, mode_t mode) override {
    return check(Call::kMakeFolder, [&] { return real_.make_folder(folder, name, mode); });
  }
  DiskResult<FileStatus> status(int file) override {
    return check(Call::kStatus, [&] { return real_.status(file); });
  }
  DiskResult<FileStatus> status_at(int folder, const std::string& name) override {
    return check(Call::kStatus, [&] { return real_.status_at(folder, name); });
  }
  DiskResult<> set_mtime(int file, TimeNs mtime) override {
    return check(Call::kSetMtime, [&] { return real_.set_mtime(file, mtime); });
  }
  DiskResult<> set_mode(int file, mode_t mode) override {
    return check(Call::kSetMode, [&] { return real_.set_mode(file, mode); });
  }
  DiskResult<> set_group(int file, gid_t group) override { return real_.set_group(file, group); }
  DiskResult<> visit_names(int folder, const std::function<bool(const std::string&)>& visit) override {
    return check(Call::kVisit, [&] { return real_.visit_names(folder, visit); });
  }
  DiskResult<FileSystemStatus> file_system(int file) override {
    auto status = check(Call::kFileSystem, [&] { return real_.file_system(file); });
    if (status && free_bytes_) status->free_bytes = *free_bytes_;
    if (status && reliable_syncfs_) status->reliable_syncfs = *reliable_syncfs_;
    return status;
  }
  DiskResult<> lock(int file) override {
    return check(Call::kLock, [&] { return real_.lock(file); });
  }

 private:
  struct Fault {
    int error = 0;
    int countdown = 0;
    int count = 0;
  };

  struct Action {
    int countdown = 0;
    std::function<void()> run;
  };

  using NameFault = std::optional<std::pair<std::string, int>>;  // a part of names, and the error

  int error_of(const NameFault& fault, const std::string& name) const {
    const std::scoped_lock lock(mutex_);
    return fault && name.find(fault->first) != std::string::npos ? fault->second : 0;
  }

  std::function<void()> due_action(Call call) {
    const std::scoped_lock lock(mutex_);
    const auto found = before_.find(call);
    if (found == before_.end() || --found->second.countdown != 0) return {};
    return found->second.run;
  }

  template <class Forward>
  auto check(Call call, Forward forward) -> decltype(forward()) {
    if (const auto action = due_action(call)) action();
    {
      const std::scoped_lock lock(mutex_);
      ++counts_[call];
      const auto found = faults_.find(call);
      if (found != faults_.end() && --found->second.countdown <= 0 && found->second.count-- > 0) {
        return std::unexpected(Errno{found->second.error});
      }
    }
    return forward();
  }

  PosixFileLayer real_;
  mutable std::mutex mutex_;
  std::map<Call, Fault> faults_;
  NameFault closed_;
  NameFault kept_;
  std::map<Call, Action> before_;
  std::map<Call, int> counts_;
  std::optional<std::uint64_t> free_bytes_;
  std::optional<bool> reliable_syncfs_;
};

}  // namespace ndisk::storage
