#include "storage/backup_snapshot.hpp"

#include <algorithm>
#include <cerrno>

#include "common/shown_name.hpp"
#include "storage/backup_mark.hpp"
#include "storage/catalog_epoch.hpp"
#include "storage/schema.hpp"
#include "storage/table_nodes.hpp"
#include "storage/table_trash.hpp"
#include "storage/table_users.hpp"

namespace ndisk::storage {
namespace {

constexpr int kBatch = 256;

// What the next start of the backup as a drive must not believe. Its tree is made anew, and nobody has read its files.
constexpr char kTidy[] = R"sql(
PRAGMA journal_mode = MEMORY;
PRAGMA synchronous = OFF;
BEGIN;
DELETE FROM outbox;
DELETE FROM uploads;
UPDATE invites SET expires = 0 WHERE used_key IS NULL;
UPDATE counters SET value = 0 WHERE name = 'tree';
DELETE FROM counters WHERE name GLOB 'fsck_*' OR name GLOB 'scrub_*';
)sql";

std::int64_t number(Database& database, const char* sql) {
  auto query = database.query(sql);
  return query.step() ? query.integer(0) : 0;
}

Result<void> make_empty_file(FileLayer& files, const BackupPlace& place) {
  const int root = place.directory().root.get();
  const std::string name = BackupSnapshot::kName;
  for (const char* suffix : {"-journal", "-wal", "-shm", ""}) {
    const auto gone = files.remove_file(root, name + suffix);
    if (!gone && gone.error().number != ENOENT) {
      return fail_disk(gone.error(), "remove what an interrupted backup left,", place.path_of(name + suffix));
    }
  }
  auto file = files.open(root, name, O_RDWR | O_CREAT | O_EXCL, 0600);
  if (!file) return fail_disk(file.error(), "make", place.path_of(name));
  return {};
}

Result<void> tidy(FileLayer& files, const BackupPlace& place, const std::string& sqlite_vfs, bool verify) {
  const auto path = place.path_of(BackupSnapshot::kName);
  auto opened = Database::open(path, DatabaseMode::kExisting, sqlite_vfs);
  if (!opened) return std::unexpected(std::move(opened.error()));
  auto& database = **opened;
  database.run_script(kTidy);
  mark_as_backup(database);
  if (auto adopted = CatalogEpoch::adopt(files, place.directory(), database); !adopted) return adopted;
  database.run("COMMIT");
  std::string found = "ok";
  if (verify) {
    auto check = database.query("PRAGMA integrity_check(1)");
    if (check.step()) found = check.bytes(0);
  }
  if (auto error = database.take_error()) return std::unexpected(std::move(*error));
  if (found == "ok") return {};
  return fail(ErrorCode::kIntegrity, "the catalog is damaged, and was not backed up: " + found);
}

// Of the newest version that refers to the object.
void name_newest(Database& database, const VersionRow& version, std::int64_t user_id, DamagedContent& damaged) {
  damaged.version = version.id;
  const auto user = UserTable(database).find(user_id);
  if (!user) return;
  damaged.user = user->name;
  NodeTable nodes(database);
  if (const auto path = nodes.path_of(user->root, version.node)) {
    damaged.path = *path;
    return;
  }
  // In the trash: the item's own path, and what is below it.
  const auto path = nodes.path_of(user->trash, version.node);
  if (!path) return;
  const auto item = path->substr(0, path->find('/'));
  auto query = database.query("SELECT path FROM trash WHERE user = ? AND node = CAST(? AS INTEGER)", user_id, item);
  if (query.step()) damaged.path = query.bytes(0) + path->substr(item.size());
}

}  // namespace

Result<std::unique_ptr<Database>> open_source_catalog(const DataDirectory& directory, const std::string& sqlite_vfs) {
  auto opened = Database::open(directory.catalog_path(), DatabaseMode::kExisting, sqlite_vfs);
  if (!opened) return opened;
  auto& database = **opened;
  // A log that a crash left is the next server's.
  database.keep_log_at_close(true);
  // To move it is the server's, too: epochs begin with it.
  database.keep_log_while_open();
  database.run_script("PRAGMA temp_store = MEMORY");
  const bool empty = is_empty(database);
  const auto application = number(database, "PRAGMA application_id");
  const auto version = number(database, "PRAGMA user_version");
  if (auto error = database.take_error()) return std::unexpected(std::move(*error));
  const auto path = shown_name(directory.path);
  if (empty) return fail(ErrorCode::kNotFound, path + ": its catalog is empty; there is no drive to back up");
  if (application != kApplicationId) return fail(ErrorCode::kInvalid, path + ": ndisk.db is not a catalog of ndisk");
  if (version > kSchemaVersion) {
    return fail(ErrorCode::kUnsupportedVersion,
                path + ": the catalog was made by a newer ndiskd; back it up with that version");
  }
  return opened;
}

Result<std::int64_t> drive_id_of(Database& catalog) {
  const auto id = number_drive(catalog);
  if (auto error = catalog.take_error()) return std::unexpected(std::move(*error));
  return id;
}

Result<void> BackupSnapshot::write(FileLayer& files, Database& source, const BackupPlace& place,
                                   const std::string& sqlite_vfs, bool verify) {
  if (auto made = make_empty_file(files, place); !made) return made;
  const auto path = place.path_of(kName);
  source.run("VACUUM INTO ?", path);
  if (auto error = source.take_error()) return fail_with_context("the catalog can't be copied", std::move(*error));
  return tidy(files, place, sqlite_vfs, verify);
}

Result<void> BackupSnapshot::sync(FileLayer& files, const BackupPlace& place) {
  const auto path = place.path_of(kName);
  auto file = files.open(place.directory().root.get(), kName, O_RDWR);
  if (!file) return fail_disk(file.error(), "open", path);
  if (auto synced = files.sync(file->get()); !synced) return fail_disk(synced.error(), "sync", path);
  return {};
}

Result<BackupSnapshot> BackupSnapshot::open(const std::string& path, const std::string& sqlite_vfs) {
  auto opened = Database::open(path, DatabaseMode::kExisting, sqlite_vfs);
  if (!opened) return std::unexpected(std::move(opened.error()));
  (*opened)->run_script("PRAGMA query_only = ON; PRAGMA temp_store = MEMORY");
  if (auto error = (*opened)->take_error()) return std::unexpected(std::move(*error));
  return BackupSnapshot(std::move(*opened));
}

Result<BackupSnapshot::Totals> BackupSnapshot::totals() {
  Totals totals;
  auto query = database_->query("SELECT count(*), ifnull(sum(size), 0) FROM objects WHERE state <> 1");
  if (query.step()) totals = {query.number(0), query.number(1)};
  if (auto error = database_->take_error()) return std::unexpected(std::move(*error));
  return totals;
}

Result<void> BackupSnapshot::visit_objects(const std::function<Result<void>(const ObjectRow&)>& visit) {
  ObjectTable objects(*database_);
  std::vector<std::int64_t> ids;
  std::int64_t after = 0;
  do {
    ids.clear();
    // What is dying was about to be removed, and nothing refers to it.
    auto query =
        database_->query("SELECT id FROM objects WHERE id > ? AND state <> 1 ORDER BY id LIMIT ?", after, kBatch);
    while (query.step()) ids.push_back(query.integer(0));
    for (const auto id : ids) {
      const auto row = objects.find(id);
      if (auto error = database_->take_error()) return std::unexpected(std::move(*error));
      if (!row) continue;
      if (auto visited = visit(*row); !visited) return visited;
      after = id;
    }
    if (auto error = database_->take_error()) return std::unexpected(std::move(*error));
  } while (!ids.empty());
  return {};
}

Result<bool> BackupSnapshot::knows(std::int64_t id, const Digest& sha256) {
  const auto row = ObjectTable(*database_).find(id);
  if (auto error = database_->take_error()) return std::unexpected(std::move(*error));
  return row && row->sha256 == sha256;
}

Result<void> BackupSnapshot::note_healthy(std::int64_t object) {
  database_->run_script("PRAGMA query_only = OFF");
  ObjectTable(*database_).set_state(object, ObjectState::kHealthy);
  database_->run_script("PRAGMA query_only = ON");
  if (auto error = database_->take_error()) return std::unexpected(std::move(*error));
  return {};
}

// One pass over all versions: there is no index by object.
Result<void> BackupSnapshot::name_versions(std::vector<std::pair<std::int64_t, DamagedContent>>& damaged) {
  std::ranges::sort(damaged, {}, [](const auto& one) { return one.first; });
  std::vector<std::uint64_t> newest(damaged.size());
  auto query = database_->query("SELECT id, object FROM versions");
  while (query.step()) {
    const auto found =
        std::ranges::lower_bound(damaged, query.integer(1), {}, [](const auto& one) { return one.first; });
    if (found == damaged.end() || found->first != query.integer(1)) continue;
    ++found->second.versions;
    auto& version = newest[static_cast<std::size_t>(found - damaged.begin())];
    version = std::max(version, query.number(0));
  }
  ObjectTable objects(*database_);
  for (std::size_t i = 0; i < damaged.size(); ++i) {
    const auto version = objects.find_version(newest[i]);
    const auto object = objects.find(damaged[i].first);
    if (version && object) name_newest(*database_, *version, object->user, damaged[i].second);
  }
  if (auto error = database_->take_error()) return std::unexpected(std::move(*error));
  return {};
}

}  // namespace ndisk::storage
