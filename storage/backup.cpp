#include "storage/backup.hpp"

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <thread>

#include "common/shown_name.hpp"
#include "storage/backup_folders.hpp"
#include "storage/backup_objects.hpp"
#include "storage/backup_snapshot.hpp"
#include "storage/catalog_epoch.hpp"
#include "storage/log.hpp"
#include "storage/object_hold.hpp"

namespace ndisk::storage {
namespace {

constexpr auto kPause = std::chrono::milliseconds(20);
constexpr auto kLongestLook = std::chrono::seconds(10);

Result<DataDirectory> open_source(FileLayer& files, const std::string& given_path) {
  std::error_code unknown;
  DataDirectory directory;
  directory.path = std::filesystem::absolute(given_path, unknown).string();
  if (unknown) return fail_errno(unknown.value(), "find", given_path);
  auto root = files.open(AT_FDCWD, directory.path + "/.", O_RDONLY | O_DIRECTORY);
  if (!root) return fail_disk(root.error(), "open the data directory", directory.path);
  directory.root = std::move(*root);
  const auto catalog = files.status_at(directory.root.get(), DataDirectory::kCatalogName);
  if (!catalog && catalog.error().number == ENOENT) {
    return fail(ErrorCode::kNotFound, shown_name(directory.path) + ": there is no drive: it has no ndisk.db");
  }
  if (!catalog) return fail_disk(catalog.error(), "look at", directory.catalog_path());
  auto objects = files.open(directory.root.get(), "objects", O_RDONLY | O_DIRECTORY);
  if (!objects) return fail_disk(objects.error(), "open", directory.path + "/objects");
  directory.objects = std::move(*objects);
  return directory;
}

// Another catalog's would take the place of a newer backup. What is looked at changes while a server runs, so that one
// look may be in vain. That somebody has the directory says nothing: it may be another backup that looks, or a start
// that has not looked yet. So it is looked at until it fits, or nobody could change it meanwhile; but not for ever.
Result<void> check_epoch(FileLayer& files, const DataDirectory& directory, const std::string& vfs) {
  const auto deadline = std::chrono::steady_clock::now() + kLongestLook;
  for (;;) {
    auto checked = CatalogEpoch::check(files, directory, vfs);
    if (checked) return checked;
    const auto lock = lock_data_directory(files, directory.root.get(), directory.path);
    if (lock) return CatalogEpoch::check(files, directory, vfs);
    if (lock.error().code != ErrorCode::kConflict) return std::unexpected(lock.error());
    if (std::chrono::steady_clock::now() > deadline) return checked;
    std::this_thread::sleep_for(kPause);
  }
}

// One backup, step by step.
class BackUp {
 public:
  BackUp(FileLayer& files, const BackUpOptions& options, const BackupSource& source, const BackupPlace& place)
      : files_(files), options_(options), place_(place), objects_(files, source, place, options) {}

  Result<void> bring_objects(BackupSnapshot& snapshot);
  Result<void> remove_surplus(BackupSnapshot& snapshot);
  void tell_damage(BackupSnapshot& snapshot);
  [[nodiscard]] BackUpReport report() const {
    auto report = objects_.report();
    report.removed = removed_;
    return report;
  }

 private:
  void tell(std::string_view phase, std::uint64_t bytes);

  FileLayer& files_;
  const BackUpOptions& options_;
  const BackupPlace& place_;
  BackupObjects objects_;
  std::uint64_t total_ = 0;
  std::uint64_t done_ = 0;
  std::uint64_t removed_ = 0;
};

void BackUp::tell(std::string_view phase, std::uint64_t bytes) {
  done_ += bytes;
  if (options_.on_progress) options_.on_progress(phase, done_, total_);
}

Result<void> BackUp::bring_objects(BackupSnapshot& snapshot) {
  const auto totals = snapshot.totals();
  if (!totals) return std::unexpected(totals.error());
  total_ = totals->bytes;
  auto brought = snapshot.visit_objects([&](const ObjectRow& row) {
    const auto whole = objects_.bring(row);
    tell("backup", row.size);
    if (!whole) return Result<void>(std::unexpected(whole.error()));
    return *whole && is_damaged(row.state) ? snapshot.note_healthy(row.id) : Result<void>();
  });
  if (brought) brought = objects_.settle();
  if (!brought || !options_.verify) return brought;
  done_ = 0;
  objects_.begin_verify();
  return snapshot.visit_objects([this](const ObjectRow& row) {
    auto done = objects_.verify(row);
    tell("verify", row.size);
    return done;
  });
}

// The catalog that referred to it is gone by now.
Result<void> BackUp::remove_surplus(BackupSnapshot& snapshot) {
  ObjectStore store(files_, place_.directory());
  Result<void> swept;
  const auto visited = store.visit([&](const ObjectStore::Found& found) {
    const auto known = snapshot.knows(found.id, found.sha256);
    if (!known) swept = std::unexpected(known.error());
    if (known && !*known) {
      swept = store.remove(found.id, found.sha256);
      ++removed_;
    }
    return swept.has_value();
  });
  return visited ? swept : visited;
}

void BackUp::tell_damage(BackupSnapshot& snapshot) {
  if (!options_.on_damage || objects_.damaged().empty()) return;
  auto damaged = objects_.damaged();
  if (auto named = snapshot.name_versions(damaged); !named) log_warning(named.error().message);
  for (const auto& [id, content] : damaged) options_.on_damage(content);
}

}  // namespace

Result<BackUpReport> back_up(const BackUpOptions& options, FileLayer& files) {
  BackupSource source;
  auto directory = open_source(files, options.data_directory);
  if (!directory) return std::unexpected(std::move(directory.error()));
  source.directory = std::move(*directory);
  if (auto checked = check_epoch(files, source.directory, options.sqlite_vfs); !checked) {
    return std::unexpected(std::move(checked.error()));
  }
  auto catalog = open_source_catalog(source.directory, options.sqlite_vfs);
  if (!catalog) return std::unexpected(std::move(catalog.error()));
  const auto id = drive_id_of(**catalog);
  if (!id) return std::unexpected(id.error());
  source.drive_id = *id;
  auto place = BackupPlace::open(files, options.destination, source, options.sqlite_vfs);
  if (!place) return std::unexpected(std::move(place.error()));
  // Before the snapshot: what it names stays.
  const auto hold = ObjectHold::take(files, source.directory.objects.get());
  if (!hold) return std::unexpected(hold.error());
  auto written = BackupSnapshot::write(files, **catalog, *place, options.sqlite_vfs, options.verify);
  if (!written) return std::unexpected(std::move(written.error()));
  catalog->reset();

  BackUp back_up(files, options, source, *place);
  {
    auto snapshot = BackupSnapshot::open(place->path_of(BackupSnapshot::kName), options.sqlite_vfs);
    if (!snapshot) return std::unexpected(std::move(snapshot.error()));
    if (auto brought = back_up.bring_objects(*snapshot); !brought) return std::unexpected(std::move(brought.error()));
  }
  if (auto synced = BackupSnapshot::sync(files, *place); !synced) return std::unexpected(std::move(synced.error()));
  for (const auto& name : options.folders) {
    if (auto copied = back_up_folder(files, source, *place, name); !copied) {
      return std::unexpected(std::move(copied.error()));
    }
  }
  if (auto synced = place->sync_names(files); !synced) return std::unexpected(std::move(synced.error()));
  if (auto taken = place->take_catalog(files, BackupSnapshot::kName); !taken) {
    return std::unexpected(std::move(taken.error()));
  }
  auto snapshot = BackupSnapshot::open(place->directory().catalog_path(), options.sqlite_vfs);
  if (!snapshot) return std::unexpected(std::move(snapshot.error()));
  if (auto removed = back_up.remove_surplus(*snapshot); !removed) return std::unexpected(std::move(removed.error()));
  back_up.tell_damage(*snapshot);
  return back_up.report();
}

}  // namespace ndisk::storage
