// DatabaseLocks: SQLite's locks on one database file, and the shared memory of its log's index, among the connections
// of one process. Every function must be called with the owner's mutex held. Answers are SQLite's result codes.
#pragma once

#include <sqlite3.h>

#include <array>
#include <map>
#include <memory>
#include <vector>

namespace ndisk::crash {

// A connection, by the address of its file.
using Holder = const void*;

class DatabaseLocks {
 public:
  int lock(Holder who, int level);
  void unlock(Holder who, int level);
  [[nodiscard]] bool is_reserved() const { return reserved_ != nullptr || pending_ != nullptr; }

  // A piece of the shared memory; null if it is not there and not to be made.
  void* map(std::size_t piece, std::size_t bytes, bool make);
  int lock_shared_memory(Holder who, int first, int count, int flags);
  // The last that leaves takes the memory with it.
  void enter_shared_memory(Holder who) { slots_of_.try_emplace(who); }
  void leave_shared_memory(Holder who);

 private:
  struct Held {
    unsigned shared = 0;  // bits, one a slot
    unsigned exclusive = 0;
  };

  std::map<Holder, int> levels_;
  Holder reserved_ = nullptr;
  Holder pending_ = nullptr;  // or exclusive
  std::vector<std::unique_ptr<char[]>> memory_;
  std::map<Holder, Held> slots_of_;
};

}  // namespace ndisk::crash
