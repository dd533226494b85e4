#include "storage/catalog_epoch.hpp"

#include <algorithm>
#include <new>

#include "common/digest.hpp"
#include "common/random.hpp"
#include "common/shown_name.hpp"
#include "storage/counters.hpp"
#include "storage/log.hpp"

namespace ndisk::storage {
namespace {

constexpr char kEpoch[] = "epoch";
constexpr char kBefore[] = "epoch_before";
constexpr char kCheck[] = "epoch_check";
constexpr char kPrefix[] = "catalog-epoch";

// 0: there was none.
struct Epochs {
  std::int64_t now = 0;
  std::int64_t before = 0;

  [[nodiscard]] bool has(std::int64_t number) const { return number != 0 && (number == now || number == before); }
};

// Of both numbers: a page that a crash tore is not taken at its word.
std::int64_t check_of(const Epochs& epochs) {
  const auto digest = sha256(as_bytes(std::to_string(epochs.now) + " " + std::to_string(epochs.before)));
  std::int64_t check = 0;
  for (std::size_t i = 0; i < 7; ++i) check = check << 8 | digest[i];
  return check;
}

Epochs epochs_of(Database& catalog) {
  auto table = catalog.query("SELECT 1 FROM sqlite_master WHERE name = 'counters'");
  if (!table.step()) return {};
  const Epochs epochs{find_counter(catalog, kEpoch).value_or(0), find_counter(catalog, kBefore).value_or(0)};
  return find_counter(catalog, kCheck) == check_of(epochs) ? epochs : Epochs();
}

void set_epochs(Database& catalog, const Epochs& epochs) {
  set_counter(catalog, kEpoch, epochs.now);
  set_counter(catalog, kBefore, epochs.before);
  set_counter(catalog, kCheck, check_of(epochs));
}

Result<void> write_epochs(Database& writer, const Epochs& epochs) {
  writer.run("BEGIN IMMEDIATE");
  set_epochs(writer, epochs);
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

// Copies over a directory may bring more: no later epoch would fit them.
Result<void> keep_one(FileLayer& files, int root, const std::string& path, NumberedName& name) {
  if (auto loaded = name.load(); !loaded) return fail_disk(loaded.error(), "read", path);
  const auto removed = name.remove_others();
  if (!removed) return fail_disk(removed.error(), "remove the name of another epoch in", path);
  if (!*removed) return {};
  if (auto synced = files.sync(root); !synced) return fail_disk(synced.error(), "sync", path);
  return {};
}

std::string name_all(const std::string& path, const std::vector<std::int64_t>& notes) {
  std::string names;
  for (const auto note : notes) {
    names += (names.empty() ? "" : " and ") + path + "/" + numbered_name(kPrefix, note);
  }
  return names;
}

// `others` are what is noted and is not the catalog's.
std::unexpected<Error> refuse(const DataDirectory& directory, const std::vector<std::int64_t>& notes,
                              const std::vector<std::int64_t>& others) {
  const auto path = shown_name(directory.path);
  auto message =
      path +
      ": its catalog, ndisk.db, is not the newest that was used there, or lost its log; what came since would "
      "be removed. Put back the newest, with its ndisk.db-wal if it had one, or else without any; or make a "
      "catalog of the current files with: ndiskd rebuild --force. ";
  if (!others.empty() && others.size() < notes.size()) {
    message += "If the directory was copied here a second time, over an older copy of itself, remove " +
               name_all(path, others) + ", and nothing else. ";
  } else {
    message += "To go back to an older state all the same, remove ndisk.db-wal" +
               (others.empty() ? "" : " and " + name_all(path, others)) + ". ";
  }
  return fail(ErrorCode::kIntegrity, message + "Nothing was changed");
}

}  // namespace

CatalogEpoch::CatalogEpoch(FileLayer& files, int root, std::string path, int log_pages)
    : files_(files), root_(root), path_(std::move(path)), log_pages_(log_pages), name_(files, root, kPrefix) {}

Result<void> CatalogEpoch::check(FileLayer& files, const DataDirectory& directory, const std::string& vfs) {
  const auto notes = numbers_of_names(files, directory.root.get(), kPrefix);
  if (!notes) return fail_disk(notes.error(), "read", directory.path);
  const auto whole = read_epochs(directory.catalog_path(), DatabaseMode::kExisting, vfs);
  const auto alone = read_epochs(directory.catalog_path(), DatabaseMode::kWithoutLog, vfs);
  if (!alone && alone.error().code == ErrorCode::kBusy) return std::unexpected(alone.error());
  // A crash may leave a database file that only its log makes whole: what it does not tell says nothing.
  const auto told = alone ? alone->now : 0;
  if (!whole) {
    // Two that do not belong together look like damage.
    const bool is_damage = whole.error().code != ErrorCode::kIntegrity || told == 0 || notes->empty() ||
                           std::ranges::find(*notes, told) != notes->end();
    return is_damage ? std::unexpected(whole.error()) : refuse(directory, *notes, *notes);
  }
  std::vector<std::int64_t> others;
  for (const auto note : *notes) {
    if (!whole->has(note)) others.push_back(note);
  }
  if (!others.empty() || (told != 0 && !whole->has(told))) return refuse(directory, *notes, others);
  return {};
}

Result<void> CatalogEpoch::adopt(FileLayer& files, const DataDirectory& directory, Database& catalog) {
  NumberedName name(files, directory.root.get(), kPrefix);
  if (auto kept = keep_one(files, directory.root.get(), directory.path, name); !kept) return kept;
  // Where none is noted, one that no other directory has: the log of another catalog may lie there some day.
  set_epochs(catalog, {name.number() == 0 ? random_number() : name.number(), 0});
  if (auto error = catalog.take_error()) return std::unexpected(std::move(*error));
  return {};
}

Result<void> CatalogEpoch::advance(Database& writer) {
  // First, as a full disk may need the room to move the rest.
  writer.cut_log();
  // Whatever becomes of the epoch: the log must not grow.
  const bool is_moved = writer.checkpoint();
  if (auto error = writer.take_error()) return std::unexpected(std::move(*error));
  // The next one may begin only when the database file alone has this one.
  if (!is_moved) return {};
  if (auto loaded = load(); !loaded) return loaded;
  const auto now = epochs_of(writer).now;
  if (auto error = writer.take_error()) return std::unexpected(std::move(*error));
  if (now == 0) return begin_first(writer);
  // A crash, or a disk that failed, came in between.
  const bool is_noted = name_.number() == now && is_durable_;
  if (name_.number() != 0 && !is_noted) {
    if (auto noted = note(now); !noted) return noted;
  }
  return begin_epoch(writer, now);
}

// It is not noted: the database file alone has to have it before.
Result<void> CatalogEpoch::begin_first(Database& writer) {
  if (auto gone = name_.remove(); !gone) return fail_disk(gone.error(), "remove an epoch that is over from", path_);
  if (auto synced = files_.sync(root_); !synced) return fail_disk(synced.error(), "sync", path_);
  const auto number = random_number();
  if (auto written = write_epochs(writer, {number, 0}); !written) return written;
  const bool is_moved = writer.checkpoint();
  if (auto error = writer.take_error()) return std::unexpected(std::move(*error));
  return is_moved ? begin_epoch(writer, number) : Result<void>();
}

Result<void> CatalogEpoch::begin_epoch(Database& writer, std::int64_t before) {
  const auto number = random_number();
  if (auto written = write_epochs(writer, {number, before}); !written) return written;
  changes_ = writer.all_changes();
  is_wanted_ = false;
  return note(number);
}

void CatalogEpoch::after_commit(Database& writer) noexcept {
  const bool is_full = writer.log_pages() >= log_pages_;
  if (!is_full && !is_wanted_) return;
  if (!is_full && writer.all_changes() == changes_) {
    is_wanted_ = false;
    return;
  }
  try {
    const auto advanced = advance(writer);
    // Each commit tries again, and would say so again.
    if (!advanced && !has_failed_) log_warning(advanced.error().message);
    has_failed_ = !advanced;
  } catch (const std::bad_alloc&) {
    writer.roll_back();
  }
}

Result<void> CatalogEpoch::load() {
  if (is_loaded_) return {};
  if (auto kept = keep_one(files_, root_, path_, name_); !kept) return kept;
  is_loaded_ = true;
  return {};
}

Result<void> CatalogEpoch::note(std::int64_t number) {
  is_durable_ = false;
  if (number != name_.number()) {
    if (auto noted = name_.set(number); !noted) return fail_disk(noted.error(), "note the catalog's epoch in", path_);
  }
  if (auto synced = files_.sync(root_); !synced) return fail_disk(synced.error(), "sync", path_);
  is_durable_ = true;
  return {};
}

}  // namespace ndisk::storage
