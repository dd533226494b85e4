// Catalog: the database file and its connections. Names, versions, objects, uploads and accounts live in it
// (docs/storage-format.md); what is asked of them is in the table_*.hpp files.
//
// Any thread may read: each read checks a connection out of a small pool and sees one snapshot. Only the commit
// queue's thread may use writer().
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "storage/sqlite.hpp"

namespace ndisk::storage {

class Catalog {
 public:
  // Opens or makes the database and migrates it. The log grows until somebody calls writer().checkpoint(). Errors as
  // those of migrate(). Null: the database is empty though it must not be; nothing was changed.
  enum class Empty { kIsNew, kIsLost };
  // Where tests look in, or put something that breaks.
  struct Seams {
    std::function<void(const std::string&)> heard;  // of each statement that a connection prepares, from any thread
    std::string vfs;                                // through which SQLite reaches the file; empty: its own
  };
  [[nodiscard]] static Result<std::unique_ptr<Catalog>> open(const std::string& path, Empty empty = Empty::kIsNew,
                                                             Seams seams = {{}, {}});

  [[nodiscard]] Database& writer() { return *writer_; }

  // Runs `use(Database&)`, which returns some Result, on one snapshot. An error of the database wins over its result.
  template <class Use>
  [[nodiscard]] auto read(Use use) -> decltype(use(std::declval<Database&>())) {
    auto taken = take_reader();
    if (!taken) return std::unexpected(std::move(taken.error()));
    try {
      auto result = on_snapshot(use, **taken);
      give_back(std::move(*taken));
      return result;
    } catch (const std::bad_alloc&) {
      // Somewhere in a transaction.
      close_reader(std::move(*taken));
      return std::unexpected(out_of_memory());
    }
  }

  // The same for what may take long on a stop: kShuttingDown once end_long_reads() was called, in the middle of a
  // statement, too.
  template <class Use>
  [[nodiscard]] auto read_long(Use use) -> decltype(use(std::declval<Database&>())) {
    return read([&](Database& database) -> decltype(use(database)) {
      const LongRead reading(*this, database);
      // An interrupt reaches only what runs: so that something does, between the statements of `use`, too.
      auto running = database.query("SELECT 1 FROM sqlite_master");
      running.step();
      if (long_reads_end_) return std::unexpected(stopping_error());
      auto result = use(database);
      // What was cut short may look like damage, or like the end of all.
      if (long_reads_end_) return std::unexpected(stopping_error());
      return result;
    });
  }
  // From now on. Any thread; does not wait.
  void end_long_reads();

  // Moves the write-ahead log into the database file and closes the connections; read() fails with kShuttingDown from
  // then on. Call when nobody else uses the catalog.
  [[nodiscard]] Result<void> close();

 private:
  template <class Use>
  static auto on_snapshot(Use& use, Database& reader) -> decltype(use(reader)) {
    reader.run("BEGIN");
    auto result = with_memory(use, reader);
    reader.run("COMMIT");
    if (auto error = reader.take_error()) {
      reader.roll_back();
      if (reader.in_transaction()) throw std::bad_alloc();  // it could not: nobody may have it any more
      return std::unexpected(std::move(*error));
    }
    return result;
  }
  // What it returns; out_of_memory() if that ended it.
  template <class Use>
  static auto with_memory(Use& use, Database& reader) -> decltype(use(reader)) {
    try {
      return use(reader);
    } catch (const std::bad_alloc&) {
      // So that no COMMIT follows: SQLite, if it was that which got none, has rolled back.
      reader.fail(out_of_memory());
      return std::unexpected(out_of_memory());
    }
  }

  // Its connection is interrupted when long reads end.
  class LongRead {
   public:
    LongRead(Catalog& catalog, Database& database);
    LongRead(const LongRead&) = delete;
    LongRead& operator=(const LongRead&) = delete;
    ~LongRead();

   private:
    Catalog& catalog_;
    Database& database_;
  };

  static Error stopping_error();
  Catalog(std::string path, Seams seams) : path_(std::move(path)), seams_(std::move(seams)) {}
  Result<std::unique_ptr<Database>> connect(DatabaseMode mode, const char* settings) const;
  Result<std::unique_ptr<Database>> take_reader();
  void give_back(std::unique_ptr<Database> reader) noexcept;
  void close_reader(std::unique_ptr<Database> reader) noexcept;

  const std::string path_;
  const Seams seams_;
  std::unique_ptr<Database> writer_;
  std::mutex mutex_;
  std::condition_variable reader_returned_;
  std::vector<std::unique_ptr<Database>> idle_readers_;  // has room for all of them
  int open_readers_ = 0;
  bool closed_ = false;
  std::vector<Database*> long_readers_;  // has room for all of them
  std::atomic<bool> long_reads_end_ = false;
};

}  // namespace ndisk::storage
