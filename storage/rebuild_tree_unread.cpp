// RebuildTree, of files that can't be opened or read. None of them stops the others, and none is lost.
#include "common/shown_name.hpp"
#include "storage/rebuild_tree.hpp"

namespace ndisk::storage {
namespace {

constexpr char kStays[] = "; it stays where it is, and the drive has it as unreadable";
constexpr char kAdvice[] = "make it readable, or put the same content again; then let fsck look at it";
constexpr char kAdviceAgain[] = "make it readable and rebuild again, or put it again yourself";

// Something else stands where a file was to go.
bool is_taken(const Error& error) {
  return error.code == ErrorCode::kConflict || error.code == ErrorCode::kNotFolder || error.code == ErrorCode::kInvalid;
}

}  // namespace

// What an earlier rebuild moved out of the tree; it may have come back in another way since.
Result<void> RebuildTree::take_entry_again(int folder, const RemotePath& path, const FileStatus& status) {
  if (is_noted(path)) return {};
  if (status.type == FileType::kFolder) {
    context_.database.run("INSERT INTO folders_to_read (path) VALUES (?)", as_bytes(path.bytes()));
    return {};
  }
  if (status.type == FileType::kOther) return {};
  const auto* user = context_.user(actor_.user);
  if (user == nullptr) return fail(ErrorCode::kInternal, "the user " + user_ + " is gone");
  const auto place = context_.locate(*user, path);
  if (place.node || place.parent_is_file || was_left(path)) return {};
  return take_file(folder, path, status);
}

Result<void> RebuildTree::leave_unread(int folder, const RemotePath& path, const std::string& cause) {
  if (!source_.is_tree) {
    note_left(shown(path), cause + "; it stays where it is", kAdviceAgain);
    return {};
  }
  const auto kept = unread_.keep(folder, user_, path.bytes());
  if (kept) {
    context_.database.run("INSERT INTO left_unread (user, path) VALUES (?, ?)", user_, as_bytes(path.bytes()));
    note_left(shown(path),
              cause + "; it is kept as " + RebuildUnread::kName + "/" + user_ + "/" + shown_name(path.bytes()),
              kAdviceAgain);
    return {};
  }
  if (!is_taken(kept.error())) return kept;
  return put_aside(folder, std::string(path.name()), shown(path), cause);
}

Result<void> RebuildTree::give_back() {
  for (std::int64_t after = 0;;) {
    std::string user;
    std::string path;
    {
      auto query =
          context_.database.query("SELECT id, user, path FROM taken_again WHERE id > ? ORDER BY id LIMIT 1", after);
      if (!query.step()) break;
      after = query.integer(0);
      user = query.bytes(1);
      path = query.bytes(2);
    }
    const auto given = unread_.give_back(user, path);
    if (given) continue;
    if (!is_taken(given.error())) return given;
    note_left(std::string(RebuildUnread::kName) + "/" + user + "/" + path,
              "it was taken over, and can't go back into the tree: " + given.error().message,
              "remove it from there, or each rebuild takes it over again");
  }
  context_.database.run("DROP TABLE taken_again");
  return {};
}

// By this rebuild, which has named it.
bool RebuildTree::was_left(const RemotePath& path) {
  return context_.database.query("SELECT 1 FROM left_unread WHERE user = ? AND path = ?", user_, as_bytes(path.bytes()))
      .step();
}

// Of the tree, so whatever was kept of an earlier one gives way. What is kept has its name once.
bool RebuildTree::is_noted(const RemotePath& path) {
  return context_.database
      .query("SELECT 1 FROM noted_files WHERE note = ? AND user = ? AND path = ?", static_cast<int>(Note::kUnreadable),
             user_, as_bytes(path.bytes()))
      .step();
}

// Whether the same content is whole elsewhere is known once everything was read.
void RebuildTree::note_unreadable(const RemotePath& path, const FileStatus& status, const std::string& cause) {
  note(Note::kUnreadable, {source_.is_tree, user_, path, status.mtime, cause, status.inode});
}

// By the same content elsewhere, else by the object itself: its name says what it is to be. The catalog has it as
// unreadable, so whoever reads it compares it first, and it is served or healed like any other of these.
Result<void> RebuildTree::take_unreadable(const Noted& one) {
  auto folder = files_.open(source_.folder, one.user, O_RDONLY | O_DIRECTORY);
  if (!folder) return fail_disk(folder.error(), "open", source_.name + "/" + one.user);
  root_ = std::move(*folder);
  if (auto begun = begin_user(one.user); !begun) return begun;
  const auto found = objects_.find_again(one.inode);
  if (!found) return std::unexpected(found.error());
  if (!*found) return fail(ErrorCode::kInternal, "what was noted of an unreadable object is gone");
  const auto& content = **found;
  if (const auto held = context_.objects.find_content(actor_.user, content.sha256, kMaxRefs)) {
    if (objects_.is_unreadable(held->id)) note_left(shown(one.path), one.cause + kStays, kAdvice);
    return commit(one.path, one.mtime, {held->id, held->sha256, held->size, held->disk_mtime, held->user}, false);
  }
  const auto same = objects_.find_same(content.sha256);
  if (!same) return std::unexpected(same.error());
  if (*same) return commit(one.path, one.mtime, **same, true);
  if (content.user == 0) return take_unproved(one, content);
  const auto parent = open_folder(one.path.parent().bytes());
  if (!parent) return std::unexpected(parent.error());
  if (content.is_unreadable) return leave_unread(parent->get(), one.path, one.cause);
  FileStatus status;
  status.mtime = one.mtime;
  return take_content(parent->get(), one.path, status);
}

Result<void> RebuildTree::take_unproved(const Noted& one, const RebuildObjects::Content& content) {
  if (!content.is_unreadable) {
    note_damaged(one.path, one.mtime, content);
    return {};
  }
  note_left(shown(one.path), one.cause + kStays, kAdvice);
  return commit(one.path, one.mtime, content, true);
}

}  // namespace ndisk::storage
