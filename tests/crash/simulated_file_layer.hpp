// SimulatedFileLayer: storage's disk calls on a SimulatedDisk, which must outlive it. Thread-safe.
//
// Descriptors are real ones, of /dev/null: they are closed as any others, and their numbers are not given out twice at
// a time, so a number always leads to what was opened last under it.
#pragma once

#include "storage/file_layer.hpp"
#include "tests/crash/simulated_disk.hpp"

namespace ndisk::crash {

class SimulatedFileLayer : public storage::FileLayer {
 public:
  template <class T = void>
  using Done = storage::DiskResult<T>;
  using Fd = storage::Fd;

  // Whether groups of small files are synced with one sync of the whole file system.
  SimulatedFileLayer(SimulatedDisk& disk, bool reliable_syncfs) : disk_(disk), reliable_syncfs_(reliable_syncfs) {}

  Done<Fd> open(int folder, const std::string& name, int flags, mode_t mode) override;
  Done<Fd> open_beneath(int folder, const std::string& path, int flags) override;
  Done<std::size_t> read_at(int file, std::span<std::uint8_t> out, std::uint64_t offset) override;
  Done<> write_at(int file, ByteView bytes, std::uint64_t offset) override;
  Done<> truncate(int file, std::uint64_t size) override;
  void start_writeback(int, std::uint64_t, std::uint64_t) override {}
  void forget_cached(int) override {}
  Done<> sync(int file) override;
  Done<> sync_data(int file) override;
  Done<> sync_file_system(int file) override;
  Done<> rename(int from_folder, const std::string& from, int to_folder, const std::string& to) override;
  Done<> link(int from_folder, const std::string& from, int to_folder, const std::string& to) override;
  Done<> remove_file(int folder, const std::string& name) override;
  Done<> remove_folder(int folder, const std::string& name) override;
  Done<> make_folder(int folder, const std::string& name, mode_t mode) override;
  Done<storage::FileStatus> status(int file) override;
  Done<storage::FileStatus> status_at(int folder, const std::string& name) override;
  Done<> set_mtime(int file, TimeNs mtime) override;
  Done<> set_mode(int file, mode_t mode) override;
  Done<> set_group(int, gid_t) override { return {}; }
  Done<> visit_names(int folder, const std::function<bool(const std::string&)>& visit) override;
  Done<storage::FileSystemStatus> file_system(int file) override;
  // One program at a time has a simulated disk.
  Done<> lock(int) override { return {}; }

 private:
  [[nodiscard]] InodeId at(int file) const;
  Done<storage::FileStatus> look(InodeId inode) const;

  SimulatedDisk& disk_;
  const bool reliable_syncfs_;
  mutable std::mutex mutex_;
  std::unordered_map<int, InodeId> open_;
};

}  // namespace ndisk::crash
