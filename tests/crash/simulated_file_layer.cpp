#include "tests/crash/simulated_file_layer.hpp"

#include <fcntl.h>

#include <cerrno>

namespace ndisk::crash {
namespace {

constexpr std::uint64_t kFreeBytes = std::uint64_t{1} << 40;

template <class T>
storage::DiskResult<T> to_result(DiskAnswer<T> answer) {
  if (!answer) return std::unexpected(storage::Errno{answer.error()});
  if constexpr (!std::is_void_v<T>) return std::move(*answer);
  return storage::DiskResult<T>();
}

}  // namespace

InodeId SimulatedFileLayer::at(int file) const {
  if (file == AT_FDCWD) return kRootFolder;
  const std::scoped_lock lock(mutex_);
  const auto found = open_.find(file);
  return found == open_.end() ? 0 : found->second;
}

storage::DiskResult<storage::Fd> SimulatedFileLayer::open(int folder, const std::string& name, int flags, mode_t mode) {
  const auto inode = disk_.open(at(folder), name, flags, mode);
  if (!inode) return std::unexpected(storage::Errno{inode.error()});
  Fd file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return std::unexpected(storage::Errno{errno});
  const std::scoped_lock lock(mutex_);
  open_[file.get()] = *inode;
  return file;
}

storage::DiskResult<storage::Fd> SimulatedFileLayer::open_beneath(int folder, const std::string& path, int flags) {
  return open(folder, path, flags, 0);
}

storage::DiskResult<std::size_t> SimulatedFileLayer::read_at(int file, std::span<std::uint8_t> out,
                                                             std::uint64_t offset) {
  return to_result(disk_.read(at(file), out, offset));
}

storage::DiskResult<> SimulatedFileLayer::write_at(int file, ByteView bytes, std::uint64_t offset) {
  return to_result(disk_.write(at(file), bytes, offset));
}

storage::DiskResult<> SimulatedFileLayer::truncate(int file, std::uint64_t size) {
  return to_result(disk_.truncate(at(file), size));
}

storage::DiskResult<> SimulatedFileLayer::sync(int file) { return to_result(disk_.sync(at(file))); }

storage::DiskResult<> SimulatedFileLayer::sync_data(int file) { return to_result(disk_.sync_data(at(file))); }

storage::DiskResult<> SimulatedFileLayer::sync_file_system(int) { return to_result(disk_.sync_all()); }

storage::DiskResult<> SimulatedFileLayer::rename(int from_folder, const std::string& from, int to_folder,
                                                 const std::string& to) {
  return to_result(disk_.rename(at(from_folder), from, at(to_folder), to));
}

storage::DiskResult<> SimulatedFileLayer::link(int from_folder, const std::string& from, int to_folder,
                                               const std::string& to) {
  return to_result(disk_.link(at(from_folder), from, at(to_folder), to));
}

storage::DiskResult<> SimulatedFileLayer::remove_file(int folder, const std::string& name) {
  return to_result(disk_.remove_file(at(folder), name));
}

storage::DiskResult<> SimulatedFileLayer::remove_folder(int folder, const std::string& name) {
  return to_result(disk_.remove_folder(at(folder), name));
}

storage::DiskResult<> SimulatedFileLayer::make_folder(int folder, const std::string& name, mode_t mode) {
  return to_result(disk_.make_folder(at(folder), name, mode));
}

storage::DiskResult<storage::FileStatus> SimulatedFileLayer::look(InodeId inode) const {
  const auto found = disk_.status(inode);
  if (!found) return std::unexpected(storage::Errno{found.error()});
  storage::FileStatus status;
  status.type = found->is_folder ? storage::FileType::kFolder : storage::FileType::kFile;
  status.size = found->size;
  status.mtime = found->mtime;
  status.mode = found->mode;
  status.device = 1;
  status.inode = inode;
  return status;
}

storage::DiskResult<storage::FileStatus> SimulatedFileLayer::status(int file) { return look(at(file)); }

storage::DiskResult<storage::FileStatus> SimulatedFileLayer::status_at(int folder, const std::string& name) {
  const auto inode = disk_.find(at(folder), name);
  if (!inode) return std::unexpected(storage::Errno{inode.error()});
  return look(*inode);
}

storage::DiskResult<> SimulatedFileLayer::set_mtime(int file, TimeNs mtime) {
  return to_result(disk_.set_mtime(at(file), mtime));
}

storage::DiskResult<> SimulatedFileLayer::set_mode(int file, mode_t mode) {
  return to_result(disk_.set_mode(at(file), mode));
}

storage::DiskResult<> SimulatedFileLayer::visit_names(int folder,
                                                      const std::function<bool(const std::string&)>& visit) {
  const auto names = disk_.names(at(folder));
  if (!names) return std::unexpected(storage::Errno{names.error()});
  for (const auto& name : *names) {
    if (!visit(name)) break;
  }
  return {};
}

storage::DiskResult<storage::FileSystemStatus> SimulatedFileLayer::file_system(int) {
  return storage::FileSystemStatus{kFreeBytes, reliable_syncfs_};
}

}  // namespace ndisk::crash
