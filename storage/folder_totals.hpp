// FolderTotals: keeps the totals of every folder true while changes are applied.
//
// A change names the folder that it happens in; the folders above follow. What comes together is gathered and written
// once a group, up the chain of ancestors: so it must be written (settle) before any folder gets another parent, and
// before totals are read. Only the commit queue's thread uses it. Memory is bounded.
#pragma once

#include <unordered_map>
#include <unordered_set>

#include "storage/table_folders.hpp"
#include "storage/table_nodes.hpp"

namespace ndisk::storage {

class FolderTotals {
 public:
  explicit FolderTotals(Database& database) : folders_(database), nodes_(database) {}

  // A fresh folder with nothing in it. It counts in the one that holds it by a call of add().
  void begin(std::int64_t folder) { folders_.insert(folder); }
  // A folder that is gone for good.
  void end(std::int64_t folder);
  // In this folder, and in all above it.
  void add(std::int64_t folder, const TotalsChange& change);
  // All that is below a folder, with what was added so far; nothing at all if it has no row.
  [[nodiscard]] Totals of(std::int64_t folder);
  // Bytes of the longest path below a folder, relative to it, or more: what is gone may have been longer.
  [[nodiscard]] std::uint64_t reach_of(std::int64_t folder);
  // The same exactly, kept from now on. Looks at all that is below, unless reach_is_exact().
  [[nodiscard]] std::uint64_t measure_reach(std::int64_t folder);
  // Something came below it of which only an upper bound is known.
  void note_inexact(std::int64_t folder) { pending_[folder].is_inexact = true; }
  // It was measured, and nothing left since. Of some folders that is forgotten.
  [[nodiscard]] bool reach_is_exact(std::int64_t folder);
  // Somebody else wrote to the table: nothing that was measured is believed any more.
  void forget_measured() { measured_.clear(); }
  // Writes what was added so far.
  void settle();
  // Forgets what was added and not written: the transaction was rolled back.
  void discard();

 private:
  struct Pending {
    TotalsChange change;
    bool is_inexact = false;  // something left, or came without being measured
  };

  FolderTable folders_;
  NodeTable nodes_;
  std::unordered_map<std::int64_t, Pending> pending_;
  std::unordered_set<std::int64_t> measured_;  // their reach is exact
};

}  // namespace ndisk::storage
