#include "storage/rebuild.hpp"

#include <cerrno>
#include <filesystem>

#include "common/shown_name.hpp"
#include "storage/catalog_epoch.hpp"
#include "storage/log.hpp"
#include "storage/rebuild_tree.hpp"
#include "storage/schema.hpp"
#include "storage/stale_tree.hpp"

namespace ndisk::storage {
namespace {

constexpr char kNewCatalog[] = "ndisk.db.new";
constexpr char kStale[] =
    "shows the drive of an earlier day: it was turned off (--tree=off), and was not made anew since; what came later "
    "is "
    "not there by name, and what was removed is";
constexpr int kMaxSameNames = 1000;
constexpr const char* kSuffixes[] = {"", "-wal", "-shm", "-journal"};

// If the program is interrupted, what is here is removed and made again.
constexpr char kSettings[] =
    "PRAGMA temp_store = MEMORY; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -8192;";

Result<bool> exists(FileLayer& files, const DataDirectory& directory, const std::string& name) {
  const auto status = files.status_at(directory.root.get(), name);
  if (!status && status.error().number != ENOENT) {
    return fail_disk(status.error(), "look at", directory.path + "/" + name);
  }
  return status.has_value();
}

// Opens and locks what is there; makes nothing but the lock before it is known that there is something to do.
Result<DataDirectory> open_directory(FileLayer& files, const RebuildOptions& options) {
  std::error_code unknown;
  DataDirectory directory;
  directory.path = std::filesystem::absolute(options.data_directory, unknown).string();
  if (unknown) return fail_errno(unknown.value(), "find", options.data_directory);
  auto root = files.open(AT_FDCWD, directory.path + "/.", O_RDONLY | O_DIRECTORY);
  if (!root) return fail_disk(root.error(), "open the data directory", directory.path);
  directory.root = std::move(*root);
  auto tree = files.open(directory.root.get(), "tree", O_RDONLY | O_DIRECTORY);
  if (!tree && tree.error().number == ENOENT) {
    return fail(ErrorCode::kNotFound, shown_name(directory.path) +
                                          " has no tree/, and without it nobody knows what the objects were called; "
                                          "restore a backup. Nothing was changed");
  }
  if (!tree) return fail_disk(tree.error(), "open", directory.path + "/tree");
  auto lock = lock_data_directory(files, directory.root.get(), directory.path);
  if (!lock) return std::unexpected(std::move(lock.error()));
  directory.lock = std::move(*lock);
  const auto there = exists(files, directory, DataDirectory::kCatalogName);
  if (!there) return std::unexpected(there.error());
  if (*there && !options.force) {
    return fail(ErrorCode::kConflict, shown_name(directory.path) +
                                          " has a catalog; look at it with fsck first. If it can't be used, and there "
                                          "is no backup, rebuild --force moves it aside. Nothing was changed");
  }
  const auto stale = is_tree_stale(files, directory);
  if (!stale) return std::unexpected(stale.error());
  if (*stale && !options.force) {
    return fail(ErrorCode::kConflict, shown_name(directory.path) + ": tree/ " + kStale +
                                          ". Restore a backup. If there is none, rebuild --force takes it for what it "
                                          "was. Nothing was changed");
  }
  if (auto opened = directory.open_folders(files, false, ""); !opened) return std::unexpected(opened.error());
  directory.tree = std::move(*tree);
  return directory;
}

Result<std::unique_ptr<Database>> make_catalog(FileLayer& files, const DataDirectory& directory,
                                               const RebuildOptions& options) {
  const auto path = directory.path + "/" + kNewCatalog;
  for (const char* suffix : kSuffixes) {
    const auto gone = files.remove_file(directory.root.get(), std::string(kNewCatalog) + suffix);
    if (!gone && gone.error().number != ENOENT) return fail_disk(gone.error(), "remove", path + suffix);
  }
  auto file = files.open(directory.root.get(), kNewCatalog, O_RDWR | O_CREAT | O_EXCL, 0600);
  if (!file) return fail_disk(file.error(), "make", path);
  file->reset();
  auto database = Database::open(path, DatabaseMode::kExisting, options.sqlite_vfs);
  if (!database) return database;
  (*database)->run_script(kSettings);
  if (auto migrated = migrate(**database); !migrated) return std::unexpected(std::move(migrated.error()));
  return database;
}

Result<void> sync_root(FileLayer& files, const DataDirectory& directory) {
  if (auto synced = files.sync(directory.root.get()); !synced) {
    return fail_disk(synced.error(), "sync", directory.path);
  }
  return {};
}

// One that no catalog or log has that was moved aside before.
Result<std::string> name_aside(FileLayer& files, const DataDirectory& directory, TimeNs now) {
  const auto first = std::string(DataDirectory::kCatalogName) + ".damaged-" + std::to_string(now / kSecondNs);
  for (int number = 1; number <= kMaxSameNames; ++number) {
    const auto name = number == 1 ? first : first + "~" + std::to_string(number);
    bool is_free = true;
    for (const char* suffix : kSuffixes) {
      const auto there = exists(files, directory, name + suffix);
      if (!there) return std::unexpected(there.error());
      if (*there) is_free = false;
    }
    if (is_free) return name;
  }
  return fail(ErrorCode::kConflict, shown_name(directory.path) + " has too many files named " + first);
}

// The database before its log: a crash in between leaves a directory without a catalog, never a catalog that lost what
// is in the log; and no log that would be taken for the new one's.
Result<void> move_old_aside(FileLayer& files, const DataDirectory& directory, TimeNs now) {
  const int root = directory.root.get();
  const auto aside = name_aside(files, directory, now);
  if (!aside) return std::unexpected(aside.error());
  for (const char* suffix : kSuffixes) {
    const auto name = std::string(DataDirectory::kCatalogName) + suffix;
    const auto there = exists(files, directory, name);
    if (!there) return std::unexpected(there.error());
    if (!*there) continue;
    if (auto moved = files.rename(root, name, root, *aside + suffix); !moved) {
      return fail_disk(moved.error(), "move aside", directory.path + "/" + name);
    }
    if (auto synced = sync_root(files, directory); !synced) return synced;
  }
  return {};
}

Result<void> take_catalog(FileLayer& files, const DataDirectory& directory) {
  const int root = directory.root.get();
  const auto path = directory.path + "/" + kNewCatalog;
  {
    auto file = files.open(root, kNewCatalog, O_RDWR);
    if (!file) return fail_disk(file.error(), "open", path);
    if (auto synced = files.sync(file->get()); !synced) return fail_disk(synced.error(), "sync", path);
  }
  if (auto synced = sync_root(files, directory); !synced) return synced;
  if (auto renamed = files.rename(root, kNewCatalog, root, DataDirectory::kCatalogName); !renamed) {
    return fail_disk(renamed.error(), "rename", path);
  }
  return sync_root(files, directory);
}

}  // namespace

Result<RebuildReport> rebuild(const RebuildOptions& options, FileLayer& files, const Clock& clock) {
  auto directory = open_directory(files, options);
  if (!directory) return std::unexpected(std::move(directory.error()));
  auto database = make_catalog(files, *directory, options);
  if (!database) return std::unexpected(std::move(database.error()));
  RebuildReport report;
  {
    WriteContext context(**database, clock, false);
    RebuildObjects objects(files, *directory, **database);
    if (auto looked = objects.look(); !looked) return std::unexpected(std::move(looked.error()));
    RebuildTree tree(files, *directory, context, objects, options);
    if (auto taken = tree.take_all(); !taken) return std::unexpected(std::move(taken.error()));
    // A catalog that is there names the content that is put aside next, so it goes first. And that is put aside before
    // there is another: from then on the collector removes what that does not name.
    if (auto moved = move_old_aside(files, *directory, clock.now()); !moved) return std::unexpected(moved.error());
    const auto unnamed = objects.finish();
    if (!unnamed) return std::unexpected(unnamed.error());
    if (auto given = tree.give_back(); !given) return std::unexpected(std::move(given.error()));
    if (auto adopted = CatalogEpoch::adopt(files, *directory, **database); !adopted) {
      return std::unexpected(std::move(adopted.error()));
    }
    report = tree.report();
    report.unnamed = *unnamed;
    const auto stale = is_tree_stale(files, *directory);
    if (!stale) return std::unexpected(stale.error());
    if (*stale) {
      ++report.left;
      if (options.on_left) options.on_left({"tree", kStale, "look in quarantine/ for the content that came later"});
    }
  }
  if (auto error = (*database)->take_error()) return std::unexpected(std::move(*error));
  database->reset();
  if (auto taken = take_catalog(files, *directory); !taken) {
    return std::unexpected(std::move(taken.error()));
  }
  return report;
}

}  // namespace ndisk::storage
