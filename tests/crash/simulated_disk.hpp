// SimulatedDisk: a disk in memory that keeps a record of every change and every sync.
//
// What was asked of it is done at once, as a page cache does; what a power cut would leave of it is worked out from the
// record afterwards (cursor.hpp). Thread-safe. Errors are errno numbers.
#pragma once

#include <functional>
#include <mutex>
#include <set>
#include <span>
#include <unordered_map>

#include "tests/crash/operation.hpp"

namespace ndisk::crash {

template <class T = void>
using DiskAnswer = std::expected<T, int>;

struct InodeStatus {
  bool is_folder = false;
  std::uint64_t size = 0;
  TimeNs mtime = 0;
  mode_t mode = 0;
};

class SimulatedDisk {
 public:
  explicit SimulatedDisk(DiskImage image = {});

  // As open(2): O_CREAT, O_EXCL, O_TRUNC and O_DIRECTORY count.
  DiskAnswer<InodeId> open(InodeId from, const std::string& path, int flags, mode_t mode);
  DiskAnswer<InodeId> find(InodeId from, const std::string& path) const;
  DiskAnswer<InodeStatus> status(InodeId inode) const;
  DiskAnswer<std::vector<std::string>> names(InodeId folder) const;
  DiskAnswer<std::size_t> read(InodeId file, std::span<std::uint8_t> out, std::uint64_t offset) const;

  DiskAnswer<> write(InodeId file, ByteView bytes, std::uint64_t offset);
  DiskAnswer<> truncate(InodeId file, std::uint64_t size);
  DiskAnswer<> set_mode(InodeId inode, mode_t mode);
  DiskAnswer<> set_mtime(InodeId inode, TimeNs mtime);
  DiskAnswer<> sync(InodeId inode);
  DiskAnswer<> sync_data(InodeId file);
  DiskAnswer<> sync_all();

  DiskAnswer<> make_folder(InodeId from, const std::string& path, mode_t mode);
  DiskAnswer<> link(InodeId from, const std::string& old_path, InodeId to, const std::string& new_path);
  DiskAnswer<> rename(InodeId from, const std::string& old_path, InodeId to, const std::string& new_path);
  DiskAnswer<> remove_file(InodeId from, const std::string& path);
  DiskAnswer<> remove_folder(InodeId from, const std::string& path);

  // A disk that lies: syncs for which this is true do nothing, and say they did. Before any use.
  void ignore_syncs(std::function<bool(const Operation&)> ignored) { ignored_ = std::move(ignored); }

  // How many operations were recorded so far.
  [[nodiscard]] std::size_t recorded() const;
  [[nodiscard]] std::vector<Operation> record() const;
  [[nodiscard]] DiskImage image() const;

  // Files and folders of the beginning whose content or attributes were read or changed since. What others there were
  // made no difference, but for their names.
  [[nodiscard]] std::set<InodeId> looked_at() const;
  // Somebody did so otherwise, by an image.
  void note_look(InodeId inode);

 private:
  struct Place {
    InodeId folder;
    std::string name;
  };
  DiskAnswer<Place> place_of(InodeId from, const std::string& path) const;
  DiskAnswer<InodeId> make(const Place& place, mode_t mode, bool is_folder);
  DiskAnswer<> check_replaceable(const Place& place, InodeId by) const;
  DiskAnswer<> remove(InodeId from, const std::string& path, bool folders);
  std::string path_of(InodeId inode, const std::string& name = {}) const;
  void look(InodeId inode) const;
  void perform(Operation operation);

  mutable std::mutex mutex_;
  DiskImage image_;
  std::vector<Operation> record_;
  std::unordered_map<InodeId, std::string> paths_;  // by which they were last named
  std::function<bool(const Operation&)> ignored_;
  InodeId next_inode_ = 1'000;
  InodeId first_made_here_ = 0;
  mutable std::set<InodeId> looked_at_;
  TimeNs time_ = 1'700'000'000 * kSecondNs;
};

}  // namespace ndisk::crash
