#include "storage/sqlite.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

namespace ndisk::storage {
namespace {

constexpr int kBusyMilliseconds = 10'000;
// https://www.sqlite.org/fileformat2.html#the_write_ahead_log
constexpr std::int64_t kLogHeader = 32;
constexpr std::int64_t kLogPageHeader = 24;

Error to_error(int code, const char* message, const std::string& path) {
  Error error;
  error.message = "the catalog " + path + ": " + message;
  switch (code & 0xff) {
    case SQLITE_FULL:
      error.code = ErrorCode::kNoSpace;
      error.message += "; free some space on the server's disk";
      break;
    case SQLITE_IOERR: error.code = ErrorCode::kIo; break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: error.code = ErrorCode::kIntegrity; break;
    case SQLITE_BUSY:
      error.code = ErrorCode::kBusy;
      error.retryable = true;
      break;
    case SQLITE_NOMEM:
      error.code = ErrorCode::kBusy;
      error.retryable = true;
      break;
    case SQLITE_INTERRUPT:
      error.code = ErrorCode::kShuttingDown;
      error.message = "the server is stopping; try again later";
      error.retryable = true;
      break;
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY: error.code = ErrorCode::kNotAllowed; break;
    default: error.code = ErrorCode::kInternal; break;
  }
  return error;
}

// The errno of the newest call that failed, on the database or on its log; 0: none has.
int last_errno(sqlite3* handle) {
  int number = 0;
  sqlite3_file_control(handle, "main", SQLITE_FCNTL_LAST_ERRNO, &number);
  if (number != 0) return number;
  sqlite3_file* log = nullptr;
  const int code = sqlite3_file_control(handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
  if (code != SQLITE_OK || log == nullptr || log->pMethods == nullptr) return 0;
  if (log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &number) != SQLITE_OK) return 0;
  return number;
}

// Of a call that failed with this code, while the handle, which may be null, still knows why.
Error error_of(sqlite3* handle, int code, const std::string& path) {
  const int number = handle == nullptr ? 0 : sqlite3_system_errno(handle);
  const bool no_descriptors = (code & 0xff) == SQLITE_CANTOPEN && (number == EMFILE || number == ENFILE);
  if (no_descriptors) return to_error(SQLITE_BUSY, "too many files are open; try again", path);
  return to_error(code, handle == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle), path);
}

// https://www.sqlite.org/uri.html: an immutable database has no log, as far as SQLite is concerned.
std::string address_without_log(const std::string& path) {
  constexpr char kDigits[] = "0123456789abcdef";
  // An absolute path that begins with two slashes would be taken for a host's.
  std::string address = path.starts_with('/') ? "file://" : "file:";
  for (const char byte : path) {
    if (std::string_view("%?#").contains(byte)) {
      const auto value = static_cast<unsigned char>(byte);
      address.append({'%', kDigits[value >> 4], kDigits[value & 15]});
    } else {
      address.push_back(byte);
    }
  }
  return address + "?immutable=1";
}

}  // namespace

Query::Query(Query&& other) noexcept
    : database_(other.database_), sql_(other.sql_), statement_(std::exchange(other.statement_, nullptr)) {}

Query::~Query() {
  if (statement_ != nullptr) database_->give_back(sql_, statement_);
}

bool Query::step() {
  if (statement_ == nullptr || database_->failed()) return false;
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) database_->note_error(code);
  return false;
}

bool Query::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

std::int64_t Query::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string Query::bytes(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  const int size = sqlite3_column_bytes(statement_, column);
  return data == nullptr ? std::string() : std::string(data, static_cast<std::size_t>(size));
}

void Query::copy_fixed(int column, std::span<std::uint8_t> out) const {
  const void* data = sqlite3_column_blob(statement_, column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  if (data != nullptr && size == out.size()) std::memcpy(out.data(), data, size);
}

void Query::bind(int index, std::int64_t value) {
  if (statement_ != nullptr) sqlite3_bind_int64(statement_, index, value);
}

void Query::bind(int index, std::string_view text) {
  if (statement_ == nullptr) return;
  const char* data = text.data() == nullptr ? "" : text.data();
  const int code = sqlite3_bind_text64(statement_, index, data, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  if (code != SQLITE_OK) database_->note_error(code);
}

void Query::bind(int index, ByteView blob) {
  if (statement_ == nullptr) return;
  // A null pointer would bind NULL, not an empty BLOB.
  const void* data = blob.empty() ? static_cast<const void*>("") : blob.data();
  const int code = sqlite3_bind_blob64(statement_, index, data, blob.size(), SQLITE_TRANSIENT);
  if (code != SQLITE_OK) database_->note_error(code);
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path, DatabaseMode mode, const std::string& vfs) {
  // Before the connection is there, so that it has an owner in any case.
  std::unique_ptr<Database> database(new Database(path));
  auto& handle = database->handle_;
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
  if (mode == DatabaseMode::kCreate) flags |= SQLITE_OPEN_CREATE;
  if (mode == DatabaseMode::kWithoutLog) flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI;
  const auto name = mode == DatabaseMode::kWithoutLog ? address_without_log(path) : path;
  const int code = sqlite3_open_v2(name.c_str(), &handle, flags, vfs.empty() ? nullptr : vfs.c_str());
  if (code != SQLITE_OK) return std::unexpected(error_of(handle, code, path));
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, kBusyMilliseconds);
  return database;
}

Database::Database(std::string path) : path_(std::move(path)) {}

Database::~Database() {
  for (auto& [sql, statements] : idle_statements_) {
    for (auto* statement : statements) sqlite3_finalize(statement);
  }
  sqlite3_close_v2(handle_);
}

sqlite3_stmt* Database::take_statement(const char* sql) {
  if (failed()) return nullptr;
  auto& idle = idle_statements_[sql];
  if (!idle.empty()) {
    auto* statement = idle.back();
    idle.pop_back();
    return statement;
  }
  if (heard_) heard_(sql);
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) note_error(code);
  return statement;
}

void Database::give_back(const char* sql, sqlite3_stmt* statement) {
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  try {
    idle_statements_[sql].push_back(statement);
  } catch (const std::bad_alloc&) {
    sqlite3_finalize(statement);
  }
}

void Database::run_script(const char* sql) {
  if (failed()) return;
  const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) note_error(code);
}

std::optional<Error> Database::take_error() { return std::exchange(error_, std::nullopt); }

std::int64_t Database::last_insert_id() const { return sqlite3_last_insert_rowid(handle_); }

std::int64_t Database::changes() const { return sqlite3_changes64(handle_); }

std::int64_t Database::all_changes() const { return sqlite3_total_changes64(handle_); }

void Database::keep_log_while_open() {
  // In place of SQLite's own hook, which would make checkpoints.
  const auto note_pages = [](void* pages, sqlite3*, const char*, int count) {
    *static_cast<int*>(pages) = count;
    return SQLITE_OK;
  };
  sqlite3_wal_hook(handle_, note_pages, &log_pages_);
  run_script(("PRAGMA journal_size_limit = " + std::to_string(kLogBytes)).c_str());
  auto page = query("PRAGMA page_size");
  if (page.step()) log_page_bytes_ = page.integer(0) + kLogPageHeader;
}

bool Database::checkpoint() {
  if (failed()) return false;
  int pages = 0;
  int moved = 0;
  const int code = sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_PASSIVE, &pages, &moved);
  if (code == SQLITE_BUSY) return false;  // somebody else makes one
  if (code != SQLITE_OK) note_error(code);
  return code == SQLITE_OK && pages >= 0 && moved == pages;  // -1: it has read no log yet
}

// What no commit has made a part of the log is read by nobody. Its pages were counted by this connection's last commit;
// if the log was begun anew since, there are fewer.
void Database::cut_log() noexcept {
  if (log_pages_ == 0 || log_page_bytes_ == 0 || in_transaction()) return;
  sqlite3_file* log = nullptr;
  const int code = sqlite3_file_control(handle_, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
  if (code != SQLITE_OK || log == nullptr || log->pMethods == nullptr) return;
  const auto longest = std::max(kLogBytes, kLogHeader + log_pages_ * log_page_bytes_);
  sqlite3_int64 size = 0;
  if (log->pMethods->xFileSize(log, &size) != SQLITE_OK || size <= longest) return;
  log->pMethods->xTruncate(log, longest);
}

void Database::keep_log_at_close(bool keep) {
  const int code = sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep ? 1 : 0, nullptr);
  if (code != SQLITE_OK) note_error(code);
}

bool Database::in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }

void Database::interrupt() { sqlite3_interrupt(handle_); }

void Database::roll_back() {
  if (in_transaction()) sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
}

void Database::fail(Error error) {
  if (!error_) error_ = std::move(error);
}

void Database::note_error(int code) {
  if (error_) return;
  // SQLite calls a database malformed whose disk could not read it: it may be whole.
  const bool is_unread = (code & 0xff) == SQLITE_CORRUPT && last_errno(handle_) == EIO;
  error_ = is_unread ? to_error(SQLITE_IOERR, sqlite3_errstr(SQLITE_IOERR), path_) : error_of(handle_, code, path_);
}

}  // namespace ndisk::storage
