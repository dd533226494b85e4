#include "storage/catalog_epoch.hpp"

#include <algorithm>

#include "common/shown_name.hpp"
#include "storage/counters.hpp"

namespace ndisk::storage {
namespace {

constexpr char kCounter[] = "epoch";
constexpr char kPrefix[] = "catalog-epoch";

}  // namespace

CatalogEpoch::CatalogEpoch(FileLayer& files, const DataDirectory& directory)
    : files_(files), directory_(directory), name_(files, directory.root.get(), kPrefix) {}

Result<void> CatalogEpoch::check(FileLayer& files, const DataDirectory& directory, Database& catalog) {
  NumberedName name(files, directory.root.get(), kPrefix);
  // Before the catalog's: a server that is running raises that one first.
  const auto noted = name.load();
  if (!noted) return fail_disk(noted.error(), "read", directory.path);
  const auto epoch = find_counter(catalog, kCounter).value_or(0);
  if (auto error = catalog.take_error()) return std::unexpected(std::move(*error));
  if (epoch >= *noted) return {};
  const auto path = shown_name(directory.path);
  return fail(
      ErrorCode::kIntegrity,
      path + ": its catalog, ndisk.db, is older than what is stored there, and with it what came since would " +
          "be removed. Put back the newer one, with its ndisk.db-wal if there was one; or make a catalog of the "
          "current files with: ndiskd rebuild --force. To go back to the older state all the same, remove " +
          path + "/" + name.name());
}

Result<void> CatalogEpoch::adopt(FileLayer& files, const DataDirectory& directory, Database& catalog) {
  NumberedName name(files, directory.root.get(), kPrefix);
  const auto noted = name.load();
  if (!noted) return fail_disk(noted.error(), "read", directory.path);
  set_counter(catalog, kCounter, *noted);
  if (auto error = catalog.take_error()) return std::unexpected(std::move(*error));
  return {};
}

Result<void> CatalogEpoch::advance(CommitQueue& queue, std::int64_t next_object) {
  const std::scoped_lock lock(mutex_);
  if (next_object == next_object_) return {};
  if (auto advanced = advance_now(queue); !advanced) return advanced;
  next_object_ = next_object;
  return {};
}

Result<void> CatalogEpoch::advance(CommitQueue& queue) {
  const std::scoped_lock lock(mutex_);
  return advance_now(queue);
}

Result<void> CatalogEpoch::advance_now(CommitQueue& queue) {
  if (!is_loaded_) {
    if (auto noted = name_.load(); !noted) return fail_disk(noted.error(), "read", directory_.path);
    is_loaded_ = true;
  }
  const auto next = queue.run<std::int64_t>([&](WriteContext& context) -> Result<std::int64_t> {
    const auto raised = std::max(find_counter(context.database, kCounter).value_or(0), name_.number()) + 1;
    set_counter(context.database, kCounter, raised);
    return raised;
  });
  if (!next) return std::unexpected(next.error());
  if (auto noted = name_.set(*next); !noted) return fail_disk(noted.error(), "note the epoch in", directory_.path);
  if (auto synced = files_.sync(directory_.root.get()); !synced) {
    return fail_disk(synced.error(), "sync", directory_.path);
  }
  return {};
}

}  // namespace ndisk::storage
