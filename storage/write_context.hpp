// WriteContext: what a change may use while it is applied, inside the one open transaction.
//
// It caches what many changes of a group ask for again: user rows and totals of folders (written back once a group) and
// the ids of folders.
// Only the commit queue's thread uses it, and nobody else writes to the catalog, so the caches stay true from one
// transaction to the next; a roll-back clears them.
#pragma once

#include <map>
#include <string>
#include <unordered_map>

#include "common/clock.hpp"
#include "storage/folder_totals.hpp"
#include "storage/table_nodes.hpp"
#include "storage/table_objects.hpp"
#include "storage/table_outbox.hpp"
#include "storage/table_requests.hpp"
#include "storage/table_uploads.hpp"
#include "storage/table_users.hpp"

namespace ndisk::storage {

// Of a folder that nobody gave any attributes.
inline constexpr std::uint32_t kNewFolderMode = 0755;

class WriteContext {
 public:
  WriteContext(Database& database, const Clock& clock, bool with_tree);

  Database& database;
  NodeTable nodes;
  ObjectTable objects;
  RequestTable requests;
  UploadTable uploads;
  OutboxTable outbox;
  UserTable users;
  FolderTotals totals;

  [[nodiscard]] TimeNs now() const { return clock_.now(); }
  // Null if there is no such user. Call touch() after changing the row: it is written at the end of the transaction.
  [[nodiscard]] UserRow* user(std::int64_t id);
  // It was removed: user() looks again.
  void forget_user(std::int64_t id);
  void touch(const UserRow& user) { touched_[user.id] = true; }
  // A user with an empty drive and an empty trash. The name must be free.
  [[nodiscard]] UserRow make_user(const std::string& name);
  [[nodiscard]] std::int64_t next_node_id();
  // It gives no smaller ones from now on.
  void raise_node_ids(std::int64_t least);
  // Where a path of this user leads, by the cache of folders.
  [[nodiscard]] Place locate(const UserRow& user, const RemotePath& path);
  // Makes the missing parents of a located path; returns the folder that is to hold it.
  [[nodiscard]] std::int64_t make_parents(const UserRow& user, const RemotePath& path, const Place& place);
  void forget_folders() { folders_.clear(); }
  // Tells the tree, if one is kept.
  void tell_tree(const OutboxRow& row);
  // The same of a folder that comes with all below it; with an empty path, of a user's root.
  void tell_tree_all(std::int64_t user, std::int64_t folder, const std::string& path);
  // Of the last transaction that told it something and was committed; 0: none, as far as is known.
  [[nodiscard]] std::int64_t last_outbox_seq() const { return last_outbox_seq_; }

  // Runs `apply`, which returns some Result. If that is an error, all that it did is undone, in the catalog and here:
  // for changes that can't look at everything before they write.
  template <class Apply>
  [[nodiscard]] auto all_or_nothing(Apply apply) -> decltype(apply()) {
    const auto before = begin_attempt();
    auto result = apply();
    if (!result) undo(before);
    database.run("RELEASE attempt");
    return result;
  }

  // Writes back what is cached; to be called before COMMIT.
  void flush();
  // Forgets all that a rolled back transaction may have taught.
  void discard();

 private:
  struct Before {
    std::map<std::int64_t, UserRow> users;
    std::int64_t last_outbox_seq = 0;
  };
  [[nodiscard]] Before begin_attempt();
  void undo(const Before& before);

  const Clock& clock_;
  const bool with_tree_;
  std::map<std::int64_t, UserRow> users_;
  std::map<std::int64_t, bool> touched_;
  std::unordered_map<std::string, std::int64_t> folders_;
  std::int64_t next_node_id_ = 0;  // 0: not read yet
  bool node_id_used_ = false;
  std::int64_t last_outbox_seq_ = 0;
};

}  // namespace ndisk::storage
