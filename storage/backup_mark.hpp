// The mark in a backup's catalog: that it is a backup, and whether somebody used it as a drive since. The first change
// that is more than upkeep says so, in its own transaction (commit_queue.hpp). See sqlite.hpp for errors. One thread at
// a time.
#pragma once

#include <cstdint>

#include "storage/sqlite.hpp"

namespace ndisk::storage {

enum class BackupUse : std::uint8_t {
  kNoBackup,  // and made from none
  kUnused,
  kUsed,
};

// What versions before this mark noted is compared with what the catalog holds, as they did: of changes that they made
// themselves, some are overlooked.
[[nodiscard]] BackupUse find_backup_use(Database& database);
// It is a backup that nobody has used yet.
void mark_as_backup(Database& database);
// Nothing, if it is no backup.
void mark_backup_used(Database& database);

// Which drive this is: a random number, which its backups have, too.
inline constexpr char kDriveCounter[] = "drive";
// Makes one where there is none. A server does so at its start, so that a backup beside it has nothing to write.
[[nodiscard]] std::int64_t number_drive(Database& database);

}  // namespace ndisk::storage
