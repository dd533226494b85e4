#include "storage/write_context.hpp"

#include <algorithm>

#include "common/path_parts.hpp"

namespace ndisk::storage {
namespace {

constexpr std::size_t kMaxCachedFolders = 1024;

std::string folder_key(const UserRow& user, std::string_view path) {
  return std::to_string(user.id).append("/").append(path);
}

}  // namespace

WriteContext::WriteContext(Database& the_database, const Clock& clock, bool with_tree)
    : database(the_database),
      nodes(the_database),
      objects(the_database),
      requests(the_database),
      uploads(the_database),
      outbox(the_database),
      users(the_database),
      totals(the_database),
      clock_(clock),
      with_tree_(with_tree) {}

UserRow* WriteContext::user(std::int64_t id) {
  if (const auto cached = users_.find(id); cached != users_.end()) return &cached->second;
  const auto found = users.find(id);
  if (!found) return nullptr;
  return &(users_[id] = *found);
}

UserRow WriteContext::make_user(const std::string& name) {
  UserRow user;
  user.name = name;
  user.root = next_node_id();
  user.trash = next_node_id();
  users.insert(user, now());
  user.id = database.last_insert_id();
  totals.begin(user.root);
  return user;
}

void WriteContext::forget_user(std::int64_t id) {
  users_.erase(id);
  touched_.erase(id);
}

std::int64_t WriteContext::next_node_id() {
  if (next_node_id_ == 0) {
    auto query = database.query("SELECT value FROM counters WHERE name = 'node'");
    // After an error of the disk nothing of this transaction stays; what is remembered here would.
    if (!query.step()) return 0;
    next_node_id_ = query.integer(0);
  }
  node_id_used_ = true;
  return next_node_id_++;
}

void WriteContext::raise_node_ids(std::int64_t least) { next_node_id_ = std::max(next_node_id(), least); }

Place WriteContext::locate(const UserRow& user, const RemotePath& path) {
  const auto parent = parent_path(path.bytes());
  if (const auto cached = folders_.find(folder_key(user, parent)); cached != folders_.end() && !path.is_root()) {
    Place place;
    place.parts = path.components();
    place.existing = place.parts.size() - 1;
    place.folder = cached->second;
    place.node = nodes.find(place.folder, path.name());
    return place;
  }
  auto place = nodes.locate(user.root, path);
  if (place.has_all_parents() && !place.parent_is_file) {
    if (folders_.size() >= kMaxCachedFolders) folders_.clear();
    folders_[folder_key(user, parent)] = place.folder;
  }
  return place;
}

std::int64_t WriteContext::make_parents(const UserRow& user, const RemotePath& path, const Place& place) {
  auto folder = place.folder;
  for (std::size_t i = place.existing; i + 1 < place.parts.size(); ++i) {
    NodeRow row;
    row.id = next_node_id();
    row.kind = Kind::kFolder;
    row.attributes = {now(), kNewFolderMode};
    nodes.insert(folder, place.parts[i], row);
    totals.begin(row.id);
    totals.add(folder, {0, 1, 0, place.parts[i].size()});
    folder = row.id;
  }
  if (folders_.size() >= kMaxCachedFolders) folders_.clear();
  folders_[folder_key(user, parent_path(path.bytes()))] = folder;
  return folder;
}

void WriteContext::tell_tree(const OutboxRow& row) {
  if (with_tree_) last_outbox_seq_ = outbox.add(row);
}

void WriteContext::tell_tree_all(std::int64_t user, std::int64_t folder, const std::string& path) {
  if (!with_tree_) return;
  last_outbox_seq_ = path.empty() ? outbox.add_user(user, folder) : outbox.add_folder(user, folder, path);
}

WriteContext::Before WriteContext::begin_attempt() {
  totals.settle();
  database.run("SAVEPOINT attempt");
  return {users_, last_outbox_seq_};
}

void WriteContext::undo(const Before& before) {
  database.run("ROLLBACK TO attempt");
  // In place: whoever has a row of it goes on using it.
  for (const auto& [id, row] : before.users) users_[id] = row;
  last_outbox_seq_ = before.last_outbox_seq;
  folders_.clear();
  totals.discard();
}

void WriteContext::flush() {
  totals.settle();
  for (const auto& [id, touched] : touched_) {
    if (touched) users.update(users_[id]);
  }
  touched_.clear();
  if (node_id_used_) database.run("UPDATE counters SET value = ? WHERE name = 'node'", next_node_id_);
  node_id_used_ = false;
}

void WriteContext::discard() {
  users_.clear();
  touched_.clear();
  folders_.clear();
  totals.discard();
  // The numbers of entries that were rolled back are given out again.
  last_outbox_seq_ = 0;
  // An id that was given out in vain is not given out again while this runs.
  node_id_used_ = next_node_id_ != 0;
}

}  // namespace ndisk::storage
