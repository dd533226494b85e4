// UnsyncedWrites: what was written to which file since its last sync, so that it can be lost. Not thread-safe. Makes
// its own calls past the C library's functions, which are replaced in this program (system_calls.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace ndisk::faults {

class UnsyncedWrites {
 public:
  ~UnsyncedWrites() { forget_all(); }
  // Before `size` bytes are written at `offset`.
  void note_write(int file, std::uint64_t offset, std::size_t size);
  void note_truncate(int file, std::uint64_t size);
  void note_sync(int file);
  // After a sync of the whole file system, and between tests.
  void forget_all();
  // What was written since the last sync is not there any more: the old bytes are, zeros where there were none. Size
  // and mtime stay.
  void lose(int file);
  // The same for all files; each owes its next sync the error.
  void lose_all();
  // Whether a sync of this file has to fail because of what was lost before; only the first time.
  [[nodiscard]] bool take_debt(int file);

 private:
  using Key = std::pair<std::uint64_t, std::uint64_t>;  // device, inode
  struct Piece {
    std::uint64_t offset = 0;
    std::vector<char> old;
  };
  struct File {
    int descriptor = -1;
    bool owes_error = false;
    std::vector<Piece> pieces;
  };

  static Key key_of(int file);
  static void restore(File& file);
  static void forget(File& file);

  std::map<Key, File> files_;
};

}  // namespace ndisk::faults
