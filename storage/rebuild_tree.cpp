#include "storage/rebuild_tree.hpp"

#include <cerrno>

#include "common/random.hpp"
#include "common/shown_name.hpp"
#include "storage/folder_changes.hpp"
#include "storage/rebuild_numbers.hpp"

namespace ndisk::storage {
namespace {

constexpr std::uint32_t kFileMode = 0644;  // modes were in the catalog alone
constexpr char kLocalDeviceName[] = "local";

constexpr char kTables[] = R"sql(
CREATE TABLE folders_to_read (id INTEGER PRIMARY KEY, path BLOB NOT NULL);
CREATE TABLE noted_files (
  id INTEGER PRIMARY KEY,
  note INTEGER NOT NULL,
  in_tree INTEGER NOT NULL,
  user TEXT NOT NULL,
  path BLOB NOT NULL,
  mtime INTEGER NOT NULL,
  cause TEXT NOT NULL,
  inode INTEGER NOT NULL,
  sha256 BLOB NOT NULL
);
CREATE INDEX noted_files_path ON noted_files (note, user, path);
CREATE TABLE taken_again (id INTEGER PRIMARY KEY, user TEXT NOT NULL, path BLOB NOT NULL);
CREATE TABLE left_unread (user TEXT NOT NULL, path BLOB NOT NULL, PRIMARY KEY (user, path)) WITHOUT ROWID;
)sql";

}  // namespace

void RebuildTree::note_left(const std::string& path, const std::string& cause, const std::string& advice) {
  ++report_.left;
  if (options_.on_left) options_.on_left({path, cause, advice});
}

std::string RebuildTree::shown(const RemotePath& path) const { return source_.name + "/" + user_ + "/" + path.bytes(); }

Result<void> RebuildTree::end_transaction() {
  context_.flush();
  context_.database.run_script("COMMIT; BEGIN");
  changes_ = 0;
  if (auto error = context_.database.take_error()) return std::unexpected(std::move(*error));
  if (options_.on_progress) options_.on_progress(report_.files);
  return {};
}

Result<void> RebuildTree::take_all() {
  auto& database = context_.database;
  database.run_script(kTables);
  database.run_script("BEGIN");
  // What clients noted of the old drive, numbers of versions and changes, must never be said of something else.
  const auto first = find_first_number(files_, directory_, options_.sqlite_vfs, context_.now());
  if (!first) return std::unexpected(first.error());
  first_number_ = *first;
  database.run("INSERT INTO sqlite_sequence (name, seq) VALUES ('versions', ?)", first_number_);
  const auto owner = context_.make_user(kOwnerName);
  device_ = random_bytes<16>();
  context_.users.insert_device({device_, owner.id, kLocalDeviceName, std::nullopt, false}, context_.now());
  const Source tree{"tree", directory_.tree.get(), true};
  if (auto taken = take_users(tree); !taken) return taken;
  const auto unread = unread_.open();
  if (!unread) return std::unexpected(unread.error());
  const Source kept{RebuildUnread::kName, unread->get(), false};
  if (unread->is_open()) {
    if (auto taken = take_users(kept); !taken) return taken;
  }
  if (auto taken = take_noted(Note::kUnreadable, tree, kept); !taken) return taken;
  if (auto taken = take_noted(Note::kDamaged, tree, kept); !taken) return taken;
  database.run("DELETE FROM requests");
  database.run_script("COMMIT");
  database.run_script("DROP TABLE folders_to_read; DROP TABLE noted_files; DROP TABLE left_unread");
  if (auto error = database.take_error()) return std::unexpected(std::move(*error));
  return {};
}

Result<void> RebuildTree::take_users(const Source& source) {
  source_ = source;
  std::vector<std::string> users;
  const auto visited = files_.visit_names(source_.folder, [&](const std::string& name) {
    users.push_back(name);
    return true;
  });
  if (!visited) return fail_disk(visited.error(), "read", directory_.path + "/" + source_.name);
  for (const auto& name : users) {
    if (auto taken = take_user(name); !taken) return taken;
    if (auto ended = end_transaction(); !ended) return ended;
  }
  return {};
}

// The next start makes tree/ anew, and removes from it what is not the drive's.
Result<void> RebuildTree::put_aside(int folder, const std::string& name, const std::string& path,
                                    const std::string& cause) {
  const auto kept = objects_.put_aside(folder, name);
  if (!kept) return std::unexpected(kept.error());
  note_left(path, cause + "; it is kept as " + shown_name(*kept));
  return {};
}

Result<void> RebuildTree::take_user(const std::string& name) {
  if (!is_user_name(name)) {
    if (source_.is_tree) note_left("tree/" + name, "it is no user's folder; it stays where it is");
    return {};
  }
  auto folder = files_.open(source_.folder, name, O_RDONLY | O_DIRECTORY);
  if (!folder && (folder.error().number == ENOTDIR || folder.error().number == ELOOP)) {
    if (!source_.is_tree) return {};
    return put_aside(source_.folder, name, "tree/" + name, "it is no user's folder");
  }
  // A folder that can't be read may be all that knows a user's names.
  if (!folder) return fail_disk(folder.error(), "open", source_.name + "/" + name);
  root_ = std::move(*folder);
  if (source_.is_tree || !context_.users.find_by_name(name)) ++report_.users;
  if (auto begun = begin_user(name); !begun) return begun;
  context_.database.run("INSERT INTO folders_to_read (path) VALUES (?)", ByteView());
  for (;;) {
    std::string path;
    std::int64_t next = 0;
    {
      auto query = context_.database.query("SELECT id, path FROM folders_to_read ORDER BY id LIMIT 1");
      if (!query.step()) break;
      next = query.integer(0);
      path = query.bytes(1);
    }
    context_.database.run("DELETE FROM folders_to_read WHERE id = ?", next);
    if (auto taken = take_folder(path); !taken) return taken;
  }
  if (auto error = context_.database.take_error()) return std::unexpected(std::move(*error));
  return {};
}

Result<void> RebuildTree::begin_user(const std::string& name) {
  user_ = name;
  const auto found = context_.users.find_by_name(name);
  const auto id = found ? found->id : context_.make_user(name).id;
  actor_ = {id, device_};
  auto* user = context_.user(id);
  if (user == nullptr) return fail(ErrorCode::kInternal, "the user " + name + " could not be made");
  user->change = std::max(user->change, first_number_);
  context_.touch(*user);
  return {};
}

// Component by component: a path can be longer than one call takes, and no link is followed.
Result<Fd> RebuildTree::open_folder(const std::string& path) {
  auto folder = files_.open(root_.get(), ".", O_RDONLY | O_DIRECTORY);
  for (std::size_t at = 0; folder && at < path.size();) {
    const auto slash = std::min(path.find('/', at), path.size());
    folder = files_.open(folder->get(), path.substr(at, slash - at), O_RDONLY | O_DIRECTORY);
    at = slash + 1;
  }
  if (!folder) return fail_disk(folder.error(), "open", source_.name + "/" + user_ + "/" + shown_name(path));
  return std::move(*folder);
}

Result<void> RebuildTree::take_folder(const std::string& path) {
  const auto folder = open_folder(path);
  if (!folder) return std::unexpected(folder.error());
  Result<void> taken;
  const auto visited = files_.visit_names(folder->get(), [&](const std::string& name) {
    const auto entry = RemotePath::from_wire(path.empty() ? name : path + "/" + name);
    taken = entry ? take_entry(folder->get(), *entry)
                  : put_aside(folder->get(), name, "tree/" + user_ + "/" + path + "/" + name, entry.error().message);
    if (taken && ++changes_ >= kChangesAtOnce) taken = end_transaction();
    return taken.has_value();
  });
  if (!visited) return fail_disk(visited.error(), "read", source_.name + "/" + user_ + "/" + shown_name(path));
  return taken;
}

Result<void> RebuildTree::take_entry(int folder, const RemotePath& path) {
  const auto status = files_.status_at(folder, std::string(path.name()));
  if (!status) return fail_disk(status.error(), "look at", shown_name(shown(path)));
  if (!source_.is_tree) return take_entry_again(folder, path, *status);
  if (status->type == FileType::kFile) return take_file(folder, path, *status);
  if (status->type == FileType::kOther) {
    return put_aside(folder, std::string(path.name()), shown(path),
                     "it is no ordinary file, so it was not the drive's");
  }
  FolderRequest request;
  request.request_id = random_bytes<16>();
  request.path = path;
  request.attributes = Attributes{status->mtime, kNewFolderMode};
  const auto made = make_folder(context_, actor_, request);
  if (!made) return std::unexpected(made.error());
  ++report_.folders;
  context_.database.run("INSERT INTO folders_to_read (path) VALUES (?)", as_bytes(path.bytes()));
  return {};
}

Result<void> RebuildTree::take_file(int folder, const RemotePath& path, const FileStatus& status) {
  auto found = objects_.find(status);
  if (!found) return std::unexpected(std::move(found.error()));
  if (*found && (*found)->is_unreadable) {
    note_unreadable(path, status, (*found)->damage);
    return {};
  }
  if (*found && !(*found)->damage.empty()) {
    note_damaged(path, status.mtime, **found);
    return {};
  }
  if (*found && (*found)->user == 0) return commit(path, status.mtime, **found, true);
  const bool is_own = *found && (*found)->user == actor_.user;
  if (is_own && context_.objects.find_content(actor_.user, (*found)->sha256, kMaxRefs)) {
    return commit(path, status.mtime, **found, false);
  }
  // Nobody's link, a link to what is another user's already, or to what has all the references that it may have.
  return take_content(folder, path, status);
}

Result<void> RebuildTree::take_content(int folder, const RemotePath& path, const FileStatus& status) {
  const auto mtime = status.mtime;
  const std::string name(path.name());
  const auto digest = objects_.digest_at(folder, name);
  if (!digest && digest.error().code == ErrorCode::kIntegrity) {
    return leave_unread(folder, path, digest.error().message);
  }
  if (!digest) return std::unexpected(digest.error());
  if (const auto aside = objects_.find_put_aside(status, *digest)) {
    note_damaged(path, mtime, *aside);
    return {};
  }
  if (const auto held = context_.objects.find_content(actor_.user, *digest)) {
    return commit(path, mtime, {held->id, held->sha256, held->size, held->disk_mtime, held->user, {}}, false);
  }
  const auto same = objects_.find_same(*digest);
  if (!same) return std::unexpected(same.error());
  if (*same) return commit(path, mtime, **same, true);
  const auto copied = objects_.copy_aside(folder, name, mtime);
  if (!copied && copied.error().code == ErrorCode::kIntegrity) {
    return leave_unread(folder, path, copied.error().message);
  }
  if (!copied) return fail_with_context(shown_name(shown(path)), copied.error());
  if (auto kept = objects_.keep(*copied); !kept) return kept;
  ++report_.copied;
  return commit(path, mtime, *copied, true);
}

Result<void> RebuildTree::commit(const RemotePath& path, TimeNs mtime, const RebuildObjects::Content& content,
                                 bool is_fresh) {
  FileCommit file;
  file.actor = actor_;
  file.request_id = random_bytes<16>();
  file.path = path;
  file.attributes = {mtime, kFileMode};
  file.sha256 = content.sha256;
  file.size = content.size;
  NewObject object;
  object.id = content.id;
  object.sha256 = content.sha256;
  object.size = content.size;
  object.disk_mtime = content.disk_mtime;
  object.durable = true;
  const auto committed = commit_file(context_, staged_, file, is_fresh ? &object : nullptr);
  if (!committed) return fail_with_context(shown_name(shown(path)), committed.error());
  if (object.taken_up) objects_.take(content.id, actor_.user);
  if (!source_.is_tree) {
    context_.database.run("INSERT INTO taken_again (user, path) VALUES (?, ?)", user_, as_bytes(path.bytes()));
  }
  ++report_.files;
  report_.bytes += content.size;
  return {};
}

}  // namespace ndisk::storage
