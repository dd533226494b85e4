#include "storage/catalog.hpp"

#include <chrono>

#include "storage/schema.hpp"

namespace ndisk::storage {
namespace {

constexpr int kMaxReaders = 8;
constexpr auto kReaderWait = std::chrono::seconds(30);

// Before the format is known to be ours: nothing that changes the file.
constexpr char kFirstSettings[] = "PRAGMA temp_store = MEMORY; PRAGMA secure_delete = OFF;";
constexpr char kWriterSettings[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -8192;";
constexpr char kReaderSettings[] = "PRAGMA query_only = ON; PRAGMA cache_size = -1024;";

std::string journal_mode(Database& database) {
  auto query = database.query("PRAGMA journal_mode");
  return query.step() ? query.bytes(0) : std::string();
}

}  // namespace

Result<std::unique_ptr<Catalog>> Catalog::open(const std::string& path, Empty empty, Seams seams) {
  std::unique_ptr<Catalog> catalog(new Catalog(path, std::move(seams)));
  catalog->idle_readers_.reserve(kMaxReaders);
  catalog->long_readers_.reserve(kMaxReaders);
  auto writer = catalog->connect(DatabaseMode::kCreate, "");
  if (!writer) return std::unexpected(std::move(writer.error()));
  catalog->writer_ = std::move(*writer);
  // What turns out not to be ours is left as it is, log included.
  catalog->writer_->keep_log_at_close(true);
  const bool is_lost = empty == Empty::kIsLost && is_empty(*catalog->writer_);
  if (auto error = catalog->writer_->take_error()) return std::unexpected(std::move(*error));
  if (is_lost) return nullptr;
  if (auto migrated = migrate(*catalog->writer_); !migrated) return std::unexpected(std::move(migrated.error()));
  catalog->writer_->keep_log_at_close(false);
  catalog->writer_->run_script(kWriterSettings);
  catalog->writer_->keep_log_while_open();
  const auto mode = journal_mode(*catalog->writer_);
  if (auto error = catalog->writer_->take_error()) return std::unexpected(std::move(*error));
  if (mode != "wal") {
    return fail(ErrorCode::kIo, "the catalog " + path + " can't have a write-ahead log here (its journal mode is " +
                                    mode + "); choose a local file system for the data directory");
  }
  return catalog;
}

Result<std::unique_ptr<Database>> Catalog::connect(DatabaseMode mode, const char* settings) const {
  auto database = Database::open(path_, mode, seams_.vfs);
  if (!database) return database;
  if (seams_.heard) (*database)->watch(seams_.heard);
  (*database)->run_script(kFirstSettings);
  (*database)->run_script(settings);
  if (auto error = (*database)->take_error()) return std::unexpected(std::move(*error));
  return database;
}

Result<std::unique_ptr<Database>> Catalog::take_reader() {
  std::unique_lock lock(mutex_);
  const bool free = reader_returned_.wait_for(
      lock, kReaderWait, [this] { return !idle_readers_.empty() || open_readers_ < kMaxReaders || closed_; });
  if (closed_) return std::unexpected(stopping_error());
  if (!free) return fail(ErrorCode::kBusy, "the catalog is busy: no reader came free in time; try again", true);
  if (!idle_readers_.empty()) {
    auto reader = std::move(idle_readers_.back());
    idle_readers_.pop_back();
    return reader;
  }
  ++open_readers_;
  lock.unlock();
  Result<std::unique_ptr<Database>> reader;
  try {
    reader = connect(DatabaseMode::kExisting, kReaderSettings);
  } catch (const std::bad_alloc&) {
    reader = std::unexpected(out_of_memory());
  }
  if (!reader) close_reader(nullptr);
  return reader;
}

void Catalog::give_back(std::unique_ptr<Database> reader) noexcept {
  const std::scoped_lock lock(mutex_);
  idle_readers_.push_back(std::move(reader));
  reader_returned_.notify_one();
}

void Catalog::close_reader(std::unique_ptr<Database> reader) noexcept {
  reader.reset();
  const std::scoped_lock lock(mutex_);
  --open_readers_;
  reader_returned_.notify_one();
}

Error Catalog::stopping_error() { return {ErrorCode::kShuttingDown, "the server is stopping; try again later", true}; }

Catalog::LongRead::LongRead(Catalog& catalog, Database& database) : catalog_(catalog), database_(database) {
  const std::scoped_lock lock(catalog_.mutex_);
  catalog_.long_readers_.push_back(&database_);
}

Catalog::LongRead::~LongRead() {
  const std::scoped_lock lock(catalog_.mutex_);
  std::erase(catalog_.long_readers_, &database_);
}

void Catalog::end_long_reads() {
  const std::scoped_lock lock(mutex_);
  long_reads_end_ = true;
  for (auto* reader : long_readers_) reader->interrupt();
}

Result<void> Catalog::close() {
  {
    const std::scoped_lock lock(mutex_);
    closed_ = true;
    idle_readers_.clear();
    reader_returned_.notify_all();
  }
  writer_->run_script("PRAGMA wal_checkpoint(TRUNCATE)");
  auto error = writer_->take_error();
  writer_.reset();
  if (error) return std::unexpected(std::move(*error));
  return {};
}

}  // namespace ndisk::storage
