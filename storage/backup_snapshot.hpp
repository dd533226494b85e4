// BackupSnapshot: one consistent state of a catalog, as a file of its own in the place of a backup. One thread at a
// time.
#pragma once

#include <functional>

#include "storage/backup.hpp"
#include "storage/backup_place.hpp"
#include "storage/table_objects.hpp"

namespace ndisk::storage {

// Opens the catalog of a data directory that may be in use. kNotFound: there is none; kInvalid: it is not ndisk's;
// kUnsupportedVersion: made by a newer version.
[[nodiscard]] Result<std::unique_ptr<Database>> open_source_catalog(const DataDirectory& directory,
                                                                    const std::string& sqlite_vfs);

// Which drive this is: its number, which is given here if it has none yet.
[[nodiscard]] Result<std::int64_t> drive_id_of(Database& catalog);

class BackupSnapshot {
 public:
  // The name that it has until it is the backup's catalog.
  static constexpr char kName[] = "ndisk.db.new";

  // Writes the state; sync() makes it durable, all but its name. What belongs to the machine that was left is left out:
  // uploads, what the tree has still to be told, and invites that nobody used. kIntegrity: the catalog is damaged;
  // with `verify` all of it is checked.
  [[nodiscard]] static Result<void> write(FileLayer& files, Database& source, const BackupPlace& place,
                                          const std::string& sqlite_vfs, bool verify);
  [[nodiscard]] static Result<void> sync(FileLayer& files, const BackupPlace& place);
  [[nodiscard]] static Result<BackupSnapshot> open(const std::string& path, const std::string& sqlite_vfs);

  struct Totals {
    std::uint64_t objects = 0;
    std::uint64_t bytes = 0;
  };
  [[nodiscard]] Result<Totals> totals();
  // Calls `visit` with every object that is to be in the backup, in the order of their ids; ends with its first error.
  [[nodiscard]] Result<void> visit_objects(const std::function<Result<void>(const ObjectRow&)>& visit);
  // The drive found it damaged; the backup has it whole.
  [[nodiscard]] Result<void> note_healthy(std::int64_t object);
  [[nodiscard]] Result<bool> knows(std::int64_t id, const Digest& sha256);
  // Who is hit when the content of these objects is damaged: fills in user, path, version and versions.
  [[nodiscard]] Result<void> name_versions(std::vector<std::pair<std::int64_t, DamagedContent>>& damaged);

 private:
  explicit BackupSnapshot(std::unique_ptr<Database> database) : database_(std::move(database)) {}
  std::unique_ptr<Database> database_;
};

}  // namespace ndisk::storage
