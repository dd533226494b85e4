#include "storage/backup_place.hpp"

#include <cerrno>
#include <charconv>
#include <filesystem>

#include "common/shown_name.hpp"
#include "storage/backup_mark.hpp"
#include "storage/catalog_epoch.hpp"
#include "storage/counters.hpp"
#include "storage/schema.hpp"

namespace ndisk::storage {
namespace {

constexpr mode_t kPrivateMode = 0700;
constexpr char kMark[] = "unfinished-backup";
constexpr char kMarkBegun[] = "unfinished-backup.new";
constexpr char kIncoming[] = "backup-incoming";
constexpr int kDeepest = 4096;
constexpr std::size_t kMarkBytes = 32;

std::unexpected<Error> refuse(const std::string& path, const std::string& cause) {
  return fail(ErrorCode::kConflict, shown_name(path) + " " + cause);
}

// Whether `folder` is `above` or lies within it.
Result<bool> is_within(FileLayer& files, int folder, const FileStatus& above, const std::string& path) {
  auto here = files.open(folder, ".", O_RDONLY | O_DIRECTORY);
  for (int depth = 0; here && depth < kDeepest; ++depth) {
    const auto status = files.status(here->get());
    if (!status) return fail_disk(status.error(), "look at", path);
    if (status->inode == above.inode && status->device == above.device) return true;
    auto parent = files.open(here->get(), "..", O_RDONLY | O_DIRECTORY);
    // Who may not read what is above can't have been sent here through it.
    if (!parent && parent.error().number == EACCES) return false;
    if (!parent) return fail_disk(parent.error(), "open a folder above", path);
    const auto higher = files.status(parent->get());
    if (!higher) return fail_disk(higher.error(), "look at a folder above", path);
    if (higher->inode == status->inode && higher->device == status->device) return false;
    here = std::move(parent);
  }
  if (!here) return fail_disk(here.error(), "open", path);
  return false;
}

Result<void> check_apart(FileLayer& files, int folder, const std::string& path, const DataDirectory& source) {
  const auto data = files.status(source.root.get());
  if (!data) return fail_disk(data.error(), "look at", source.path);
  const auto inside = is_within(files, folder, *data, path);
  if (!inside) return std::unexpected(inside.error());
  if (*inside) {
    return fail(ErrorCode::kInvalid,
                shown_name(path) + " is within the data directory; a backup belongs somewhere else");
  }
  return {};
}

Result<Fd> open_destination(FileLayer& files, const std::string& path, const DataDirectory& source) {
  auto root = files.open(AT_FDCWD, path + "/.", O_RDONLY | O_DIRECTORY);
  if (!root && root.error().number != ENOENT) return fail_disk(root.error(), "open", path);
  if (root) {
    if (auto apart = check_apart(files, root->get(), path, source); !apart) return std::unexpected(apart.error());
    const auto place = files.status(root->get());
    if (!place) return fail_disk(place.error(), "look at", path);
    const auto around = is_within(files, source.root.get(), *place, source.path);
    if (!around) return std::unexpected(around.error());
    if (*around) {
      return fail(ErrorCode::kInvalid, shown_name(path) + " holds the data directory; choose another folder");
    }
    return std::move(*root);
  }
  const auto above = std::filesystem::path(path).parent_path().string();
  auto parent = files.open(AT_FDCWD, above + "/.", O_RDONLY | O_DIRECTORY);
  if (!parent) return fail_disk(parent.error(), "open the folder that the backup is to be made in,", above);
  if (auto apart = check_apart(files, parent->get(), path, source); !apart) return std::unexpected(apart.error());
  if (auto made = files.make_folder(AT_FDCWD, path, kPrivateMode); !made) return fail_disk(made.error(), "make", path);
  if (auto synced = files.sync(parent->get()); !synced) return fail_disk(synced.error(), "sync", above);
  root = files.open(AT_FDCWD, path + "/.", O_RDONLY | O_DIRECTORY);
  if (!root) return fail_disk(root.error(), "open", path);
  return std::move(*root);
}

// What may lie in a directory that is taken for an empty one.
bool is_nothing(const std::string& name) { return name == "lost+found" || name == kMarkBegun || name == "lock"; }

Result<std::int64_t> read_mark(FileLayer& files, int root, const std::string& path) {
  auto mark = files.open(root, kMark, O_RDONLY | O_NONBLOCK);
  if (!mark) return fail_disk(mark.error(), "open", path);
  std::array<std::uint8_t, kMarkBytes> bytes{};
  const auto count = files.read_at(mark->get(), bytes, 0);
  if (!count) return fail_disk(count.error(), "read", path);
  std::int64_t id = 0;
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  std::from_chars(text, text + *count, id);
  return id;
}

std::unexpected<Error> fail_unknown(const std::string& path, Error error) {
  return fail_with_context(shown_name(path) + " can't be told to be a backup; choose an empty folder",
                           std::move(error));
}

bool is_foreign(Database& database) {
  auto application = database.query("PRAGMA application_id");
  return application.step() && application.integer(0) != kApplicationId;
}

// A backup of this drive.
Result<void> check_is_unused(Database& database, const std::string& path, std::int64_t drive_id) {
  const auto id = find_counter(database, kDriveCounter);
  const auto use = find_backup_use(database);
  if (auto error = database.take_error()) return fail_unknown(path, std::move(*error));
  if (use == BackupUse::kNoBackup) return refuse(path, "is a drive of its own, not a backup; choose an empty folder");
  if (id != drive_id) return refuse(path, "is the backup of another drive; choose another folder");
  if (use == BackupUse::kUnused) return {};
  return refuse(path,
                "was a backup, and was then used as a drive of its own: what was changed there would be lost; "
                "choose an empty folder");
}

}  // namespace

Result<BackupPlace> BackupPlace::open(FileLayer& files, const std::string& path, const BackupSource& source,
                                      const std::string& sqlite_vfs) {
  std::error_code unknown;
  BackupPlace place;
  auto absolute = std::filesystem::absolute(path, unknown).lexically_normal().string();
  if (unknown) return fail_errno(unknown.value(), "find", path);
  if (absolute.size() > 1 && absolute.ends_with('/')) absolute.pop_back();
  place.directory_.path = absolute;
  auto root = open_destination(files, place.directory_.path, source.directory);
  if (!root) return std::unexpected(std::move(root.error()));
  place.directory_.root = std::move(*root);
  // Looked at before anything is put there, and once more when nobody else can.
  if (auto checked = place.check_content(files, source, {}); !checked) return std::unexpected(checked.error());
  auto lock = lock_data_directory(files, place.directory_.root.get(), place.directory_.path);
  if (!lock) return std::unexpected(std::move(lock.error()));
  place.directory_.lock = std::move(*lock);
  if (auto checked = place.check_content(files, source, sqlite_vfs); !checked) return std::unexpected(checked.error());
  if (auto begun = place.mark_begun(files, source.drive_id); !begun) return std::unexpected(std::move(begun.error()));
  if (auto made = place.make_folders(files); !made) return std::unexpected(std::move(made.error()));
  return place;
}

Result<void> BackupPlace::check_content(FileLayer& files, const BackupSource& source, const std::string& sqlite_vfs) {
  bool has_catalog = false;
  bool has_others = false;
  is_marked_ = false;
  const auto visited = files.visit_names(directory_.root.get(), [&](const std::string& name) {
    if (name == DataDirectory::kCatalogName) has_catalog = true;
    if (name == kMark) is_marked_ = true;
    if (!is_nothing(name) && name != kMark) has_others = true;
    return true;
  });
  if (!visited) return fail_disk(visited.error(), "read", directory_.path);
  is_empty_ = !has_others && !is_marked_;
  if (has_catalog && directory_.lock.is_open()) return check_catalog(files, source.drive_id, sqlite_vfs);
  if (has_catalog) return {};
  if (is_marked_) {
    const auto id = read_mark(files, directory_.root.get(), path_of(kMark));
    if (!id) return std::unexpected(id.error());
    if (*id == source.drive_id) return {};
    return refuse(directory_.path, "holds a backup of another drive that was not finished; choose another folder");
  }
  if (has_others) return refuse(directory_.path, "is not empty, and no backup; choose an empty folder for it");
  return {};
}

// What is refused is left as it is, log included: it may be the only way back to what belongs there.
Result<void> BackupPlace::check_catalog(FileLayer& files, std::int64_t drive_id, const std::string& sqlite_vfs) const {
  auto opened = Database::open(directory_.catalog_path(), DatabaseMode::kExisting, sqlite_vfs);
  if (!opened) return std::unexpected(std::move(opened.error()));
  auto& database = **opened;
  database.keep_log_at_close(true);
  if (is_foreign(database)) {
    return refuse(directory_.path, "holds a database that is not ndisk's; choose an empty folder");
  }
  // A log that does not belong there may look like damage: the epoch tells.
  (void)database.take_error();
  if (auto checked = CatalogEpoch::check(files, directory_, sqlite_vfs); !checked) {
    return fail_unknown(directory_.path, std::move(checked.error()));
  }
  if (auto checked = check_is_unused(database, directory_.path, drive_id); !checked) return checked;
  // Of one that was served, and crashed: no log may lie beside the catalog that takes its place.
  database.keep_log_at_close(false);
  return {};
}

// Without it, nobody could tell a first backup that was interrupted from a drive that lost its catalog.
Result<void> BackupPlace::mark_begun(FileLayer& files, std::int64_t drive_id) {
  if (!is_empty_) return {};
  const int root = directory_.root.get();
  // Where a file system has no modes, this can't be had.
  (void)files.set_mode(root, kPrivateMode);
  auto mark = files.open(root, kMarkBegun, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (!mark) return fail_disk(mark.error(), "make", path_of(kMarkBegun));
  const auto text = std::to_string(drive_id) + "\n";
  if (auto written = files.write_at(mark->get(), as_bytes(text), 0); !written) {
    return fail_disk(written.error(), "write", path_of(kMarkBegun));
  }
  if (auto synced = files.sync(mark->get()); !synced) return fail_disk(synced.error(), "sync", path_of(kMarkBegun));
  if (auto renamed = files.rename(root, kMarkBegun, root, kMark); !renamed) {
    return fail_disk(renamed.error(), "rename", path_of(kMarkBegun));
  }
  if (auto synced = files.sync(root); !synced) return fail_disk(synced.error(), "sync", directory_.path);
  is_marked_ = true;
  return {};
}

Result<void> BackupPlace::make_folders(FileLayer& files) {
  const auto open_folder = [&](int parent, const std::string& name) -> Result<Fd> {
    const auto made = files.make_folder(parent, name, kPrivateMode);
    if (!made && made.error().number != EEXIST) return fail_disk(made.error(), "make", path_of(name));
    auto folder = files.open(parent, name, O_RDONLY | O_DIRECTORY);
    if (!folder) return fail_disk(folder.error(), "open", path_of(name));
    return std::move(*folder);
  };
  auto objects = open_folder(directory_.root.get(), "objects");
  if (!objects) return std::unexpected(std::move(objects.error()));
  directory_.objects = std::move(*objects);
  for (unsigned first = 0; first < 256; ++first) {
    const auto made = files.make_folder(directory_.objects.get(), object_folder_name(first), kPrivateMode);
    if (!made && made.error().number != EEXIST) return fail_disk(made.error(), "make a folder in", path_of("objects"));
  }
  auto incoming = open_folder(directory_.root.get(), kIncoming);
  if (!incoming) return std::unexpected(std::move(incoming.error()));
  incoming_ = std::move(*incoming);
  for (;;) {
    auto names = some_names(files, incoming_.get());
    if (!names) return fail_disk(names.error(), "read", path_of(kIncoming));
    if (names->empty()) return {};
    for (const auto& name : *names) {
      if (auto gone = files.remove_file(incoming_.get(), name); !gone) {
        return fail_disk(gone.error(), "remove " + shown_name(name) + " in", path_of(kIncoming));
      }
    }
  }
}

Result<void> BackupPlace::sync_names(FileLayer& files) {
  for (unsigned first = 0; first < 256; ++first) {
    const auto name = object_folder_name(first);
    auto folder = files.open(directory_.objects.get(), name, O_RDONLY | O_DIRECTORY);
    if (!folder) return fail_disk(folder.error(), "open", path_of("objects/" + name));
    if (auto synced = files.sync(folder->get()); !synced) {
      return fail_disk(synced.error(), "sync", path_of("objects/" + name));
    }
  }
  if (auto synced = files.sync(directory_.objects.get()); !synced) {
    return fail_disk(synced.error(), "sync", path_of("objects"));
  }
  // Copies were renamed from there, and a rename lasts once both folders are synced.
  if (auto synced = files.sync(incoming_.get()); !synced) {
    return fail_disk(synced.error(), "sync", path_of(kIncoming));
  }
  if (auto synced = files.sync(directory_.root.get()); !synced) {
    return fail_disk(synced.error(), "sync", directory_.path);
  }
  return {};
}

Result<void> BackupPlace::take_catalog(FileLayer& files, const std::string& snapshot) {
  const int root = directory_.root.get();
  for (const char* suffix : {"-wal", "-journal"}) {
    const auto log = files.status_at(root, DataDirectory::kCatalogName + std::string(suffix));
    if (!log && log.error().number == ENOENT) continue;
    if (!log) return fail_disk(log.error(), "look at the log of", directory_.catalog_path());
    return refuse(directory_.path, "has a catalog with a log that somebody uses; try again when nobody does");
  }
  if (auto renamed = files.rename(root, snapshot, root, DataDirectory::kCatalogName); !renamed) {
    return fail_disk(renamed.error(), "rename", path_of(snapshot));
  }
  if (auto synced = files.sync(root); !synced) return fail_disk(synced.error(), "sync", directory_.path);
  // From here on the catalog says what this is.
  const auto unmarked = files.remove_file(root, kMark);
  if (!unmarked && unmarked.error().number != ENOENT) return fail_disk(unmarked.error(), "remove", path_of(kMark));
  is_marked_ = false;
  return {};
}

}  // namespace ndisk::storage
