// PosixFileLayer: the machine's own file system. Thread-safe; no state.
#pragma once

#include "storage/file_layer.hpp"

namespace ndisk::storage {

class PosixFileLayer final : public FileLayer {
 public:
  DiskResult<Fd> open(int folder, const std::string& name, int flags, mode_t mode) override;
  DiskResult<Fd> open_beneath(int folder, const std::string& path, int flags) override;
  DiskResult<std::size_t> read_at(int file, std::span<std::uint8_t> out, std::uint64_t offset) override;
  DiskResult<> write_at(int file, ByteView bytes, std::uint64_t offset) override;
  DiskResult<> truncate(int file, std::uint64_t size) override;
  void start_writeback(int file, std::uint64_t offset, std::uint64_t size) override;
  void forget_cached(int file) override;
  DiskResult<> sync(int file) override;
  DiskResult<> sync_data(int file) override;
  DiskResult<> sync_file_system(int file) override;
  DiskResult<> rename(int from_folder, const std::string& from, int to_folder, const std::string& to) override;
  DiskResult<> link(int from_folder, const std::string& from, int to_folder, const std::string& to) override;
  DiskResult<> remove_file(int folder, const std::string& name) override;
  DiskResult<> remove_folder(int folder, const std::string& name) override;
  DiskResult<> make_folder(int folder, const std::string& name, mode_t mode) override;
  DiskResult<FileStatus> status(int file) override;
  DiskResult<FileStatus> status_at(int folder, const std::string& name) override;
  DiskResult<> set_mtime(int file, TimeNs mtime) override;
  DiskResult<> set_mode(int file, mode_t mode) override;
  DiskResult<> set_group(int file, gid_t group) override;
  DiskResult<> visit_names(int folder, const std::function<bool(const std::string&)>& visit) override;
  DiskResult<FileSystemStatus> file_system(int file) override;
  DiskResult<> lock(int file) override;
};

}  // namespace ndisk::storage
