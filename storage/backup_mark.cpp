#include "storage/backup_mark.hpp"

#include "common/random.hpp"
#include "storage/counters.hpp"

namespace ndisk::storage {
namespace {

constexpr char kMark[] = "backup";
// No sum of an older version is below 0.
constexpr std::int64_t kUnused = -1;
constexpr std::int64_t kUsed = -2;

// The sum that older versions took for one that only grows; the collector makes it smaller, too.
std::int64_t sum_of_old(Database& database) {
  auto query = database.query(
      "SELECT (SELECT ifnull(sum(change), 0) FROM users) + (SELECT count(*) FROM users) "
      "+ (SELECT count(*) FROM devices) + (SELECT count(*) FROM devices WHERE revoked IS NOT NULL) + (SELECT count(*) "
      "FROM invites) "
      "+ (SELECT ifnull(sum(seq), 0) FROM sqlite_sequence WHERE name IN ('versions', 'trash'))");
  return query.step() ? query.integer(0) : 0;
}

}  // namespace

BackupUse find_backup_use(Database& database) {
  const auto mark = find_counter(database, kMark);
  if (!mark) return BackupUse::kNoBackup;
  const bool is_old = *mark >= 0;
  return *mark == kUnused || (is_old && *mark == sum_of_old(database)) ? BackupUse::kUnused : BackupUse::kUsed;
}

void mark_as_backup(Database& database) { set_counter(database, kMark, kUnused); }

void mark_backup_used(Database& database) {
  database.run("UPDATE counters SET value = ? WHERE name = ?", kUsed, kMark);
}

std::int64_t number_drive(Database& database) {
  if (const auto number = find_counter(database, kDriveCounter)) return *number;
  database.run("INSERT OR IGNORE INTO counters (name, value) VALUES (?, ?)", kDriveCounter, random_number());
  return find_counter(database, kDriveCounter).value_or(0);
}

}  // namespace ndisk::storage
