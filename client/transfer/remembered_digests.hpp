// RememberedDigests: the digests of local files that were read whole, so that one that is put elsewhere, or again, need
// not be read to be offered. A table of a fixed size in one file; what does not fit any more is forgotten, and so is
// what can't be read: a digest that is not remembered is computed.
//
// A file is known by device, inode, size, mtime and ctime. A change can keep all five: within a clock's tick of the
// reading (git's "racily clean"), or through a memory mapping into a page that was not written back since the last
// change. So nothing is remembered of a file that was changed less than kSettled before its reading began.
//
// Blocks on disk: on the pool. Thread-safe; several processes may use the file at once, as each record is checked.
#pragma once

#include <filesystem>
#include <mutex>
#include <optional>

#include "client/file_descriptor.hpp"
#include "client/transfer/source_file.hpp"
#include "common/clock.hpp"
#include "common/digest.hpp"

namespace ndisk::client {

class RememberedDigests {
 public:
  // Linux writes pages back that are 30 s old, and looks for them every 5 s.
  static constexpr TimeNs kSettled = 60 * kSecondNs;

  // The file and its folder are made when they are first needed. What is no file of this user's alone is not used.
  // Nothing: nothing is remembered.
  explicit RememberedDigests(std::optional<std::filesystem::path> path) : path_(std::move(path)) {}

  [[nodiscard]] std::optional<Digest> find(const FileState& state) const;
  // `state` is that from before the reading and, unchanged, from after it; `opened` a time before all of it.
  void remember(const FileState& state, const Digest& digest, TimeNs opened) const;

 private:
  // -1: there is none.
  [[nodiscard]] int table() const;

  const std::optional<std::filesystem::path> path_;
  mutable std::once_flag opened_;
  mutable FileDescriptor table_;
};

// $XDG_CACHE_HOME/ndisk/digests, else ~/.cache/ndisk/digests; nothing if neither variable is set.
[[nodiscard]] std::optional<std::filesystem::path> remembered_digests_path();

}  // namespace ndisk::client
