// RebuildTree, of files that are taken once everything was read: only then is known what is whole elsewhere.
#include "storage/rebuild_tree.hpp"

namespace ndisk::storage {

void RebuildTree::note(Note note, const Noted& one) {
  context_.database.run(
      "INSERT INTO noted_files (note, in_tree, user, path, mtime, cause, inode, sha256) VALUES (?, ?, ?, ?, ?, ?, ?, "
      "?)",
      static_cast<int>(note), one.in_tree, one.user, as_bytes(one.path.bytes()), one.mtime, one.cause, one.inode,
      one.sha256);
}

Result<bool> RebuildTree::find_noted(Note note, std::int64_t& after, Noted& one) {
  // By id alone (the plus): the index by note would sort all that is left of it for each step.
  auto query = context_.database.query(
      "SELECT id, in_tree, user, path, mtime, cause, inode, sha256 FROM noted_files WHERE id > ? AND +note = ? "
      "ORDER BY id LIMIT 1",
      after, static_cast<int>(note));
  if (!query.step()) return false;
  auto path = RemotePath::from_wire(query.bytes(3));
  if (!path) return std::unexpected(std::move(path.error()));
  after = query.integer(0);
  one = {query.integer(1) != 0, query.bytes(2),  std::move(*path),  query.integer(4),
         query.bytes(5),        query.number(6), query.fixed<32>(7)};
  return true;
}

Result<void> RebuildTree::take_noted(Note note, const Source& tree, const Source& kept) {
  Noted one;
  for (std::int64_t after = 0;;) {
    const auto found = find_noted(note, after, one);
    if (!found) return std::unexpected(found.error());
    if (!*found) return end_transaction();
    source_ = one.in_tree ? tree : kept;
    const auto taken = note == Note::kUnreadable ? take_unreadable(one) : take_damaged(one);
    if (!taken) return taken;
    if (++changes_ < kChangesAtOnce) continue;
    if (auto ended = end_transaction(); !ended) return ended;
  }
}

}  // namespace ndisk::storage
