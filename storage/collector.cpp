#include "storage/collector.hpp"

#include "storage/log.hpp"

namespace ndisk::storage {
namespace {

constexpr int kBatch = 256;

}  // namespace

Result<CollectReport> Collector::run(TimeNs upload_lifetime) {
  const std::scoped_lock one_run(running_);
  CollectReport report;
  auto expired = uploads_.expire(clock_.now() - upload_lifetime);
  if (!expired) return std::unexpected(std::move(expired.error()));
  report.expired_uploads = *expired;
  if (auto forgot = forget_requests(); !forgot) return std::unexpected(std::move(forgot.error()));
  auto freed = free_objects();
  if (!freed) return std::unexpected(std::move(freed.error()));
  report.objects = *freed;
  auto litter = remove_litter();
  if (!litter) return std::unexpected(std::move(litter.error()));
  report.litter = *litter;
  return report;
}

Result<void> Collector::forget_requests() {
  for (;;) {
    auto pruned = queue_.run<std::int64_t>([](WriteContext& context) -> Result<std::int64_t> {
      return context.requests.prune(context.now() - kRequestLifetime, kBatch);
    });
    if (!pruned) return std::unexpected(std::move(pruned.error()));
    if (*pruned < kBatch) return {};
  }
}

// Mark (transaction), unlink, delete the row (transaction): a crash in between leaves a row that is marked, and the
// next run goes on with it.
Result<std::uint64_t> Collector::free_objects() {
  std::uint64_t freed = 0;
  std::int64_t after = 0;
  for (;;) {
    auto dying = mark_dying(after);
    if (!dying) return std::unexpected(std::move(dying.error()));
    if (dying->empty()) return freed;
    after = dying->back().id;
    for (const auto& row : *dying) {
      if (auto removed = objects_.remove(row.id, row.sha256); !removed) {
        return std::unexpected(std::move(removed.error()));
      }
    }
    if (auto deleted = delete_rows(*dying); !deleted) return std::unexpected(std::move(deleted.error()));
    freed += dying->size();
  }
}

Result<std::vector<ObjectRow>> Collector::mark_dying(std::int64_t after) {
  // Until the marks are committed, whoever wants to refer to content waits, and then finds it gone.
  const Pins::Guard guard(pins_);
  return queue_.run<std::vector<ObjectRow>>([&](WriteContext& context) -> Result<std::vector<ObjectRow>> {
    std::vector<ObjectRow> dying;
    for (const auto& row : context.objects.unreferenced(after, kBatch)) {
      if (guard.is_pinned(row.sha256)) continue;
      if (row.state != ObjectState::kDying) context.objects.set_state(row.id, ObjectState::kDying);
      dying.push_back(row);
    }
    return dying;
  });
}

Result<void> Collector::delete_rows(const std::vector<ObjectRow>& rows) {
  return queue_.run<void>([&](WriteContext& context) -> Result<void> {
    for (const auto& row : rows) {
      auto* user = context.user(row.user);
      if (user != nullptr) {
        user->stored -= std::min(user->stored, row.size);
        context.touch(*user);
      }
      context.objects.remove(row.id);
    }
    return {};
  });
}

Result<std::uint64_t> Collector::remove_litter() {
  std::uint64_t removed = 0;
  std::vector<ObjectStore::Found> old;
  const auto sweep = [&]() -> Result<void> {
    for (const auto& found : old) {
      auto row = catalog_.read([&](Database& database) -> Result<bool> {
        const auto object = ObjectTable(database).find(found.id);
        return object && object->sha256 == found.sha256;
      });
      if (!row) return std::unexpected(std::move(row.error()));
      if (*row) continue;
      if (auto done = objects_.remove(found.id, found.sha256); !done) return done;
      ++removed;
    }
    old.clear();
    return {};
  };
  Result<void> swept;
  auto visited = objects_.visit([&](const ObjectStore::Found& found) {
    if (found.id < ids_.first_of_this_run()) old.push_back(found);
    if (old.size() >= kBatch) swept = sweep();
    return swept.has_value();
  });
  if (swept) swept = sweep();
  if (!visited) return std::unexpected(std::move(visited.error()));
  if (!swept) return std::unexpected(std::move(swept.error()));
  return removed;
}

}  // namespace ndisk::storage
