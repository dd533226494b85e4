// The thin wrapper of SQLite: the only interface through which storage/ speaks to it.
//
// Errors are sticky: the first one is kept in the Database, every later step of any query does nothing and finds no
// row, and whoever opened the unit of work (Catalog::read, CommitQueue) asks take_error() at its end before it
// believes anything. So a query can be written as a plain loop over rows without a check a line.
// One thread at a time; a Query must not outlive its Database.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/bytes.hpp"
#include "common/error.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace ndisk::storage {

class Database;

// The log's file is not kept longer than this, once what is in it was moved or rolled back.
inline constexpr std::int64_t kLogBytes = 16 << 20;

// One run of a statement. Values were bound when it was made; columns count from 0 and are those of the current row.
class Query {
 public:
  Query(Database& database, const char* sql, sqlite3_stmt* statement)
      : database_(&database), sql_(sql), statement_(statement) {}
  Query(Query&& other) noexcept;
  Query& operator=(Query&&) = delete;
  ~Query();

  // True if there is a row. False at the end, and from the first error on.
  bool step();

  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::uint64_t number(int column) const { return static_cast<std::uint64_t>(integer(column)); }
  // TEXT or BLOB as it is.
  [[nodiscard]] std::string bytes(int column) const;
  // A BLOB of exactly N bytes; all zero if it has another length.
  template <std::size_t N>
  [[nodiscard]] std::array<std::uint8_t, N> fixed(int column) const {
    std::array<std::uint8_t, N> out{};
    copy_fixed(column, out);
    return out;
  }

 private:
  friend class Database;
  void bind(int index, std::int64_t value);
  void bind(int index, std::uint64_t value) { bind(index, static_cast<std::int64_t>(value)); }
  void bind(int index, std::uint32_t value) { bind(index, std::int64_t{value}); }
  void bind(int index, int value) { bind(index, std::int64_t{value}); }
  void bind(int index, bool value) { bind(index, std::int64_t{value}); }
  void bind(int index, std::string_view text);
  void bind(int index, const char* text) { bind(index, std::string_view(text)); }
  void bind(int index, const std::string& text) { bind(index, std::string_view(text)); }
  void bind(int index, ByteView blob);
  template <std::size_t N>
  void bind(int index, const std::array<std::uint8_t, N>& blob) {
    bind(index, ByteView(blob));
  }
  template <class T>
  void bind(int index, const std::optional<T>& value) {
    if (value) bind(index, *value);
  }
  void copy_fixed(int column, std::span<std::uint8_t> out) const;

  Database* database_;
  const char* sql_;
  sqlite3_stmt* statement_;
};

// kWithoutLog: the database file alone, as the last checkpoint left it, to be read; nothing is locked, made or changed.
enum class DatabaseMode { kCreate, kExisting, kWithoutLog };

class Database {
 public:
  // Opens the file at `path`. Nothing is read from it yet. `vfs` names one of SQLite's virtual file systems; empty: its
  // own.
  [[nodiscard]] static Result<std::unique_ptr<Database>> open(const std::string& path, DatabaseMode mode,
                                                              const std::string& vfs = {});
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // A run of `sql`, a literal: prepared once and kept. std::string and friends become TEXT, ByteView and arrays BLOB.
  template <class... Values>
  [[nodiscard]] Query query(const char* sql, const Values&... values) {
    Query query(*this, sql, take_statement(sql));
    int index = 0;
    (query.bind(++index, values), ...);
    return query;
  }
  // Runs a statement to its end; rows are ignored.
  template <class... Values>
  void run(const char* sql, const Values&... values) {
    auto one = query(sql, values...);
    while (one.step()) {
    }
  }
  // Runs statements that are needed once; not kept.
  void run_script(const char* sql);

  // From now on `heard` is told of each statement that is prepared: for tests that look at query plans.
  void watch(std::function<void(const std::string&)> heard) { heard_ = std::move(heard); }

  [[nodiscard]] bool failed() const { return error_.has_value(); }
  // What was to be done can't be, for a reason that is not the database's: as if it had failed with this error.
  void fail(Error error);
  // The first error since the last call, if any; clears it.
  [[nodiscard]] std::optional<Error> take_error();
  [[nodiscard]] std::int64_t last_insert_id() const;
  // Rows that the last statement changed.
  [[nodiscard]] std::int64_t changes() const;
  // Rows that were changed since this connection was opened.
  [[nodiscard]] std::int64_t all_changes() const;
  // From now on commits leave all that they write in the write-ahead log, until checkpoint() is called. A log that was
  // moved is cut to kLogBytes by the first commit that finds no reader in it.
  void keep_log_while_open();
  // Pages in the log after the last commit, once the above was called.
  [[nodiscard]] int log_pages() const { return log_pages_; }
  // Moves what no reader keeps in the log into the database file; waits for nobody. True: that was all of it, and is
  // durable there.
  bool checkpoint();
  // Gives the disk back what a transaction that was rolled back, or ended by a crash, has made the log's file grow by,
  // as far as it is longer than kLogBytes. Outside of a transaction, and only where nobody else writes.
  void cut_log() noexcept;
  // Whether the last connection leaves the write-ahead log as it is when it closes.
  void keep_log_at_close(bool keep);
  // Rolls back if a transaction is open. Works after an error.
  void roll_back();
  [[nodiscard]] bool in_transaction() const;
  // Ends what runs, and what is begun while something runs, with kShuttingDown. Any thread.
  void interrupt();

 private:
  friend class Query;
  explicit Database(std::string path);
  sqlite3_stmt* take_statement(const char* sql);
  void give_back(const char* sql, sqlite3_stmt* statement);
  void note_error(int code);

  sqlite3* handle_ = nullptr;
  int log_pages_ = 0;
  std::int64_t log_page_bytes_ = 0;  // of one in the log; 0: not known
  std::string path_;
  std::unordered_map<const char*, std::vector<sqlite3_stmt*>> idle_statements_;
  std::optional<Error> error_;
  std::function<void(const std::string&)> heard_;
};

}  // namespace ndisk::storage
