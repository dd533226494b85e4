// Opening, recovering and closing a drive.
#include <cerrno>

#include "storage/backup_mark.hpp"
#include "storage/counters.hpp"
#include "storage/drive_core.hpp"
#include "storage/log.hpp"
#include "storage/retention.hpp"
#include "storage/stale_tree.hpp"

namespace ndisk::storage {

namespace {

// Work on a drive makes none: a mistyped name is an error.
Result<void> check_exists(FileLayer& files, const std::string& path) {
  const auto catalog = path + "/" + DataDirectory::kCatalogName;
  const auto there = files.status_at(AT_FDCWD, catalog);
  if (there) return {};
  if (there.error().number != ENOENT && there.error().number != ENOTDIR) {
    return fail_disk(there.error(), "look at", catalog);
  }
  return fail(ErrorCode::kNotFound, path + ": no drive is there (it has no " + DataDirectory::kCatalogName +
                                        "); give --data the directory of a server");
}

Result<bool> had_tree(Catalog& catalog) {
  return catalog.read(
      [](Database& database) -> Result<bool> { return find_counter(database, "tree").value_or(0) != 0; });
}

// One that is not kept is stale, durably so before the catalog says that it is off: whoever loses the catalog then
// would take the tree for what it was.
Result<bool> find_stale_tree(FileLayer& files, const DataDirectory& directory, bool is_kept) {
  if (is_kept) return is_tree_stale(files, directory);
  if (auto noted = note_stale_tree(files, directory); !noted) return std::unexpected(std::move(noted.error()));
  return true;
}

}  // namespace

Result<std::unique_ptr<Drive>> Drive::open(DriveOptions options, FileLayer& files, const Clock& clock) {
  log_debug("opening " + options.data_directory);
  if (options.maintenance) {
    if (auto checked = check_exists(files, options.data_directory); !checked) {
      return std::unexpected(std::move(checked.error()));
    }
  }
  if (auto checked = check_retention(options.retention); !checked) return std::unexpected(std::move(checked.error()));
  auto directory = DataDirectory::open(files, options.data_directory);
  if (!directory) return std::unexpected(std::move(directory.error()));
  // Where there are no objects, there is nothing that another catalog could take away.
  if (directory->has_objects) {
    if (auto checked = CatalogEpoch::check(files, *directory, options.sqlite_vfs); !checked) {
      return std::unexpected(std::move(checked.error()));
    }
  }
  auto catalog = Catalog::open(directory->catalog_path(),
                               directory->has_objects ? Catalog::Empty::kIsLost : Catalog::Empty::kIsNew,
                               {options.on_statement, options.sqlite_vfs});
  if (!catalog) return fail_with_context(options.data_directory, std::move(catalog.error()));
  if (!*catalog) return fail_catalog_missing(options.data_directory);
  if (options.maintenance) {
    const auto kept = had_tree(**catalog);
    if (!kept) return std::unexpected(kept.error());
    options.tree = *kept;
    directory->keep_tree_group = true;
  }
  if (auto opened = directory->open_folders(files, options.tree, options.tree_group); !opened) {
    return std::unexpected(std::move(opened.error()));
  }
  auto drive =
      std::make_unique<DriveCore>(std::move(options), files, clock, std::move(*directory), std::move(*catalog));
  if (auto started = drive->start(); !started) return std::unexpected(std::move(started.error()));
  return drive;
}

DriveCore::DriveCore(DriveOptions options, FileLayer& files, const Clock& clock, DataDirectory directory,
                     std::unique_ptr<Catalog> catalog)
    : options_(std::move(options)),
      files_(files),
      clock_(clock),
      directory_(std::move(directory)),
      catalog_(std::move(catalog)),
      objects_(files, directory_),
      staging_(files, directory_),
      quarantine_(files, directory_),
      mirror_(files, directory_, *catalog_, objects_),
      epoch_(files, directory_.root.get(), directory_.path, options_.catalog_log_pages),
      small_files_(options_.small_files_at_once),
      queue_(*catalog_, objects_, clock, options_.tree,
             {[this] { return registry_.dirty_bytes(); }, [this](std::int64_t last) { committed(last); },
              [this] { return mirror_.durable(); }}),
      ids_(queue_),
      uploads_(files, clock, *catalog_, queue_, staging_, registry_, staged_,
               {options_.checkpoint_bytes, options_.unsized_checkpoint_bytes}),
      accounts_(*catalog_, queue_, uploads_, staged_),
      collector_(options_.maintenance ? std::nullopt : std::optional(options_.retention), *catalog_, queue_, objects_,
                 ids_, pins_, uploads_) {}

DriveCore::~DriveCore() { close(); }

Result<void> DriveCore::start() {
  if (auto made = accounts_.make_owner(); !made) return made;
  if (auto reserved = ids_.start(); !reserved) return reserved;
  if (auto begun = begin_epoch(); !begun) return begun;
  auto followed = queue_.run_upkeep<void>([this](WriteContext& context) -> Result<void> {
    if (!options_.maintenance) follow_retention(context, options_.retention);
    (void)number_drive(context.database);
    return {};
  });
  if (!followed) return followed;
  if (auto recovered = uploads_.recover(); !recovered) return recovered;
  return prepare_tree();
}

void DriveCore::committed(std::int64_t last_outbox_seq) {
  mirror_.announce(last_outbox_seq);
  epoch_.after_commit(catalog_->writer());
}

// Once this is over, the epoch that was has ended, if anything changed in it.
Result<void> DriveCore::begin_epoch() {
  epoch_.end_soon();
  return queue_.run_upkeep<void>([](WriteContext&) -> Result<void> { return {}; });
}

// A tree that was off for a while, or never there, is made anew; so is one that is ahead of a catalog from a backup.
Result<void> DriveCore::prepare_tree() {
  const auto stale = find_stale_tree(files_, directory_, options_.tree);
  if (!stale) return std::unexpected(stale.error());
  const auto done = options_.tree ? mirror_.done_before() : Result<std::int64_t>(0);
  if (!done) return std::unexpected(done.error());
  const auto highest =
      catalog_->read([](Database& database) -> Result<std::int64_t> { return OutboxTable(database).highest_used(); });
  if (!highest) return std::unexpected(highest.error());
  // The entries that make it anew may have higher numbers than what was done.
  if (*done > *highest) {
    if (auto lost = mirror_.doubt_done(); !lost) return lost;
  }
  bool is_new = false;
  auto from = queue_.run_upkeep<TreeMirror::Start>([&](WriteContext& context) -> Result<TreeMirror::Start> {
    auto query = context.database.query("SELECT value FROM counters WHERE name = 'tree'");
    const bool complete = query.step() && query.integer(0) != 0;
    is_new = !complete || *stale || *done > *highest;
    if (!options_.tree) context.database.run("DELETE FROM outbox");
    if (options_.tree && is_new) context.outbox.refill();
    if (options_.tree != complete) {
      context.database.run("UPDATE counters SET value = ? WHERE name = 'tree'", options_.tree);
    }
    if (is_new) return TreeMirror::Start{context.outbox.last(), 0, 0, *stale};
    const auto first = context.outbox.after(0, 1);
    const bool is_forgotten = first.empty() || first[0].seq > *done;
    return TreeMirror::Start{std::max(context.outbox.last(), *done), *done, is_forgotten ? *done : 0};
  });
  if (!from) return std::unexpected(std::move(from.error()));
  if (!options_.tree) return {};
  if (is_new) {
    if (auto forgot = mirror_.forget_done(); !forgot) return forgot;
  }
  mirror_.start(*from);
  return {};
}

void DriveCore::end_long_work() {
  long_work_ends_ = true;
  catalog_->end_long_reads();
  collector_.stop();
  mirror_.end_waits();
}

void DriveCore::close() {
  // Whoever is inside and would take long ends soon.
  closing_ = true;
  end_long_work();
  mirror_.begin_stop();
  const std::unique_lock gate(gate_);
  if (closed_) return;
  closed_ = true;
  uploads_.close();
  mirror_.stop();
  // One more transaction, so that the next start does not repeat what the tree has got.
  if (auto last = queue_.run_upkeep<void>([](WriteContext&) -> Result<void> { return {}; }); !last) {
    log_warning(last.error().message);
  }
  queue_.stop();
  // Not by begin_epoch(): until the queue's end a heavy change that had begun, or what a completion asked for, may
  // still be committed, and a copy of the catalog from before that must be of an epoch that is over.
  if (auto ended = epoch_.advance(catalog_->writer()); !ended) log_warning(ended.error().message);
  if (auto done = catalog_->close(); !done) log_warning(done.error().message);
  directory_.lock.reset();
}

}  // namespace ndisk::storage
