#include "storage/catalog_epoch.hpp"

#include <algorithm>
#include <new>

#include "common/random.hpp"
#include "common/shown_name.hpp"
#include "storage/counters.hpp"
#include "storage/log.hpp"
#include "storage/schema.hpp"

namespace ndisk::storage {
namespace {

constexpr char kEpoch[] = "epoch";
constexpr char kBefore[] = "epoch_before";
constexpr char kPrefix[] = "catalog-epoch";

// 0: there was none.
struct Epochs {
  std::int64_t now = 0;
  std::int64_t before = 0;

  [[nodiscard]] bool has(std::int64_t number) const { return number != 0 && (number == now || number == before); }
};

Epochs epochs_of(Database& catalog) {
  if (is_empty(catalog)) return {};
  return {find_counter(catalog, kEpoch).value_or(0), find_counter(catalog, kBefore).value_or(0)};
}

Result<void> write_epochs(Database& writer, const Epochs& epochs) {
  writer.run("BEGIN IMMEDIATE");
  set_counter(writer, kBefore, epochs.before);
  set_counter(writer, kEpoch, epochs.now);
  writer.run("COMMIT");
  auto error = writer.take_error();
  if (!error) return {};
  writer.roll_back();
  return std::unexpected(std::move(*error));
}

Result<Epochs> read_epochs(const std::string& path, DatabaseMode mode, const std::string& vfs) {
  auto catalog = Database::open(path, mode, vfs);
  if (!catalog) return std::unexpected(std::move(catalog.error()));
  // What turns out not to belong here is left as it is, log included.
  if (mode == DatabaseMode::kExisting) (*catalog)->keep_log_at_close(true);
  const auto epochs = epochs_of(**catalog);
  if (auto error = (*catalog)->take_error()) return std::unexpected(std::move(*error));
  return epochs;
}

bool notes_have(const std::vector<std::int64_t>& notes, std::int64_t number) {
  return std::ranges::find(notes, number) != notes.end();
}

std::unexpected<Error> refuse(const DataDirectory& directory, const std::vector<std::int64_t>& notes) {
  const auto path = shown_name(directory.path);
  std::string names;
  for (const auto note : notes) {
    names += (names.empty() ? "" : " and ") + path + "/" + kPrefix + "." + std::to_string(note);
  }
  return fail(ErrorCode::kIntegrity,
              path +
                  ": its catalog, ndisk.db, is not the newest that was used there, or lost its log; what came since "
                  "would be removed. Put back the newest, with its ndisk.db-wal if it had one, or else without any; "
                  "or make a catalog of the current files with: ndiskd rebuild --force. To go back to an older state "
                  "all the same, remove ndisk.db-wal and " +
                  names + ". Nothing was changed");
}

}  // namespace

CatalogEpoch::CatalogEpoch(FileLayer& files, int root, std::string path, int log_pages)
    : files_(files), root_(root), path_(std::move(path)), log_pages_(log_pages), name_(files, root, kPrefix) {}

Result<void> CatalogEpoch::check(FileLayer& files, const DataDirectory& directory, const std::string& vfs) {
  const auto notes = numbers_of_names(files, directory.root.get(), kPrefix);
  if (!notes) return fail_disk(notes.error(), "read", directory.path);
  if (notes->empty()) return {};
  const auto whole = read_epochs(directory.catalog_path(), DatabaseMode::kExisting, vfs);
  const auto alone = read_epochs(directory.catalog_path(), DatabaseMode::kWithoutLog, vfs);
  // A crash may leave a database file that only its log makes whole: what it does not tell says nothing.
  if (!alone && alone.error().code != ErrorCode::kIntegrity) return std::unexpected(alone.error());
  const auto told = alone ? alone->now : 0;
  if (!whole) {
    // Two that do not belong together look like damage.
    const bool is_damage = whole.error().code != ErrorCode::kIntegrity || told == 0 || notes_have(*notes, told);
    return is_damage ? std::unexpected(whole.error()) : refuse(directory, *notes);
  }
  const bool fits = std::ranges::all_of(*notes, [&](std::int64_t note) { return whole->has(note); });
  if (!fits || (told != 0 && !whole->has(told))) return refuse(directory, *notes);
  return {};
}

Result<void> CatalogEpoch::adopt(FileLayer& files, const DataDirectory& directory, Database& catalog) {
  const auto notes = numbers_of_names(files, directory.root.get(), kPrefix);
  if (!notes) return fail_disk(notes.error(), "read", directory.path);
  // Where none is noted, one that no other directory has: as the log of another catalog may lie there some day.
  set_counter(catalog, kEpoch, notes->empty() ? random_number() : notes->front());
  set_counter(catalog, kBefore, notes->size() > 1 ? notes->back() : 0);
  if (auto error = catalog.take_error()) return std::unexpected(std::move(*error));
  return {};
}

Result<void> CatalogEpoch::advance(Database& writer) {
  if (auto loaded = load(); !loaded) return loaded;
  auto now = epochs_of(writer).now;
  if (auto error = writer.take_error()) return std::unexpected(std::move(*error));
  if (now == 0) {
    const auto first = begin_first(writer);
    if (!first) return std::unexpected(first.error());
    now = *first;
  } else if (name_.number() != 0 && name_.number() != now) {
    // A crash, or a disk that failed, came in between.
    if (auto noted = note(now); !noted) return noted;
  }
  const auto moved = writer.checkpoint();
  if (auto error = writer.take_error()) return std::unexpected(std::move(*error));
  // The database file alone must have this epoch before the next one is in its log.
  if (moved.moved < first_page_.value_or(moved.pages)) return {};
  return begin_epoch(writer, now);
}

// One that is not noted: the database file alone does not have it yet.
Result<std::int64_t> CatalogEpoch::begin_first(Database& writer) {
  if (auto gone = name_.remove(); !gone) return fail_disk(gone.error(), "remove an epoch that is over from", path_);
  if (auto synced = files_.sync(root_); !synced) return fail_disk(synced.error(), "sync", path_);
  const auto number = random_number();
  if (auto written = write_epochs(writer, {number, 0}); !written) return std::unexpected(written.error());
  return number;
}

Result<void> CatalogEpoch::begin_epoch(Database& writer, std::int64_t before) {
  const auto number = random_number();
  if (auto written = write_epochs(writer, {number, before}); !written) return written;
  first_page_ = writer.log_pages();
  changes_ = writer.all_changes();
  is_wanted_ = false;
  return note(number);
}

void CatalogEpoch::after_commit(Database& writer) noexcept {
  const bool is_full = writer.log_pages() - first_page_.value_or(0) >= log_pages_;
  if (!is_full && !is_wanted_) return;
  if (!is_full && writer.all_changes() == changes_) {
    is_wanted_ = false;
    return;
  }
  try {
    if (auto advanced = advance(writer); !advanced) log_warning(advanced.error().message);
  } catch (const std::bad_alloc&) {
    // The next commit tries again.
    writer.roll_back();
  }
}

Result<void> CatalogEpoch::load() {
  if (is_loaded_) return {};
  const auto notes = numbers_of_names(files_, root_, kPrefix);
  if (!notes) return fail_disk(notes.error(), "read", path_);
  if (auto loaded = name_.load(); !loaded) return fail_disk(loaded.error(), "read", path_);
  // Of a catalog that fits both; the next one would not.
  for (const auto number : *notes) {
    if (number == name_.number()) continue;
    const auto name = std::string(kPrefix) + "." + std::to_string(number);
    if (auto gone = files_.remove_file(root_, name); !gone)
      return fail_disk(gone.error(), "remove", path_ + "/" + name);
  }
  is_loaded_ = true;
  return {};
}

Result<void> CatalogEpoch::note(std::int64_t number) {
  if (auto noted = name_.set(number); !noted) return fail_disk(noted.error(), "note the catalog's epoch in", path_);
  if (auto synced = files_.sync(root_); !synced) return fail_disk(synced.error(), "sync", path_);
  return {};
}

}  // namespace ndisk::storage
