#include "storage/collector.hpp"

#include "storage/healing.hpp"
#include "storage/litter.hpp"
#include "storage/log.hpp"
#include "storage/removed_users.hpp"
#include "storage/retention.hpp"

namespace ndisk::storage {
namespace {

constexpr int kBatch = 256;

}  // namespace

Result<CollectReport> Collector::run(TimeNs upload_lifetime) {
  const std::scoped_lock one_run(running_);
  CollectReport report;
  failed_.reset();
  const auto expired = uploads_.expire(upload_lifetime, stopping_);
  if (!expired) note_failure(expired.error());
  report.expired_uploads = expired.value_or(0);
  if (auto forgot = forget_requests(); !forgot) return std::unexpected(std::move(forgot.error()));
  if (auto collected = collect_history(report); !collected) return std::unexpected(std::move(collected.error()));
  if (auto healed = heal(report); !healed) return std::unexpected(std::move(healed.error()));
  if (auto freed = free_objects(report); !freed) return std::unexpected(std::move(freed.error()));
  auto damaged = count_damaged();
  if (!damaged) return std::unexpected(std::move(damaged.error()));
  report.damaged = *damaged;
  auto forgot_users = forget_removed_users(catalog_, queue_, uploads_, stopping_);
  if (!forgot_users) return std::unexpected(std::move(forgot_users.error()));
  if (auto swept = collect_litter(report); !swept) return std::unexpected(std::move(swept.error()));
  if (!failed_) return report;
  failed_->message += "; what else there was to collect is collected";
  return std::unexpected(*failed_);
}

// What can't be removed from the disk is no reason to keep all the rest, nobody knows for how long: a later run tries
// it again.
void Collector::note_failure(const Error& error) {
  ++failures_;
  if (!failed_) failed_ = error;
}

Result<void> Collector::check_stop() const {
  if (!stopping_) return {};
  return fail(ErrorCode::kShuttingDown, "the server is stopping; a later run goes on with what is not collected", true);
}

Result<void> Collector::forget_requests() {
  for (;;) {
    if (auto go_on = check_stop(); !go_on) return go_on;
    auto pruned = queue_.run_upkeep<std::int64_t>([](WriteContext& context) -> Result<std::int64_t> {
      return context.requests.prune(context.now() - kRequestLifetime, kBatch);
    });
    if (!pruned) return std::unexpected(std::move(pruned.error()));
    if (*pruned < kBatch) return {};
  }
}

Result<Step> Collector::make_steps(MakeStep make_step) {
  Step total;
  for (;;) {
    if (auto go_on = check_stop(); !go_on) return std::unexpected(std::move(go_on.error()));
    const auto step = queue_.run_upkeep<Step>([&](WriteContext& context) -> Result<Step> {
      return make_step(context, retention_.value_or(Retention{}), kBatch);
    });
    if (!step) return step;
    total.nodes += step->nodes;
    total.versions += step->versions;
    if (!step->more) return total;
  }
}

// A crash anywhere leaves each step done or not begun.
Result<void> Collector::collect_history(CollectReport& report) {
  if (retention_) {
    if (const auto noted = make_steps(note_day); !noted) return std::unexpected(noted.error());
    const auto expired = make_steps(expire_trash);
    if (!expired) return std::unexpected(expired.error());
    report.trash = expired->nodes;
    const auto pruned = make_steps(prune_versions);
    if (!pruned) return std::unexpected(pruned.error());
    report.versions = pruned->versions;
  }
  const auto purged = make_steps(purge_some);
  if (!purged) return std::unexpected(purged.error());
  report.nodes = purged->nodes;
  return {};
}

// What is damaged and whose content came again is needed no more once its versions have moved.
Result<void> Collector::heal(CollectReport& report) {
  for (std::int64_t after = 0;;) {
    if (auto go_on = check_stop(); !go_on) return go_on;
    const auto damaged = catalog_.read(
        [&](Database& database) -> Result<std::vector<ObjectRow>> { return damaged_objects(database, after, kBatch); });
    if (!damaged) return std::unexpected(damaged.error());
    if (damaged->empty()) return {};
    for (const auto& object : *damaged) {
      if (auto go_on = check_stop(); !go_on) return go_on;
      const auto pin = pins_.pin(object.sha256);
      const auto moved = move_to_twin({catalog_, queue_, objects_, stopping_, &report.newly_damaged}, object, {});
      if (!moved && moved.error().code == ErrorCode::kShuttingDown) return std::unexpected(moved.error());
      // The others have their turn, and what nothing refers to goes; a later run tries this one again.
      if (!moved) log_warning("not healed: " + moved.error().message + " sha256=" + to_hex(object.sha256));
      if (moved && *moved > 0) {
        log_warning("healed versions=" + std::to_string(*moved) + " sha256=" + to_hex(object.sha256));
      }
    }
    after = damaged->back().id;
  }
}

// What versions refer to and nothing healed.
Result<std::uint64_t> Collector::count_damaged() {
  return catalog_.read([](Database& database) -> Result<std::uint64_t> {
    auto query = database.query("SELECT count(*) FROM objects INDEXED BY objects_damaged WHERE state > 1 AND refs > 0");
    return query.step() ? query.number(0) : 0;
  });
}

// Mark (transaction), unlink, delete the row (transaction): a crash in between leaves a row that is marked, and the
// next run goes on with it.
Result<void> Collector::free_objects(CollectReport& report) {
  std::int64_t after = 0;
  for (;;) {
    if (auto go_on = check_stop(); !go_on) return std::unexpected(std::move(go_on.error()));
    const auto hold = objects_.try_hold();
    if (!hold) return std::unexpected(hold.error());
    if (!*hold) {
      report.held_up = true;
      return {};
    }
    auto dying = mark_dying(after);
    if (!dying) return std::unexpected(std::move(dying.error()));
    if (dying->empty()) return {};
    after = dying->back().id;
    std::vector<ObjectRow> gone;
    for (const auto& row : *dying) {
      if (auto go_on = check_stop(); !go_on) return std::unexpected(std::move(go_on.error()));
      const auto removed = objects_.remove(row.id, row.sha256);
      if (removed) gone.push_back(row);
      if (!removed) note_failure(removed.error());
    }
    if (auto deleted = delete_rows(gone); !deleted) return std::unexpected(std::move(deleted.error()));
    report.objects += gone.size();
  }
}

Result<std::vector<ObjectRow>> Collector::mark_dying(std::int64_t after) {
  // Until the marks are committed, whoever wants to refer to content waits, and then finds it gone.
  const Pins::Guard guard(pins_);
  return queue_.run_upkeep<std::vector<ObjectRow>>([&](WriteContext& context) -> Result<std::vector<ObjectRow>> {
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
  return queue_.run_upkeep<void>([&](WriteContext& context) -> Result<void> {
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

Result<void> Collector::collect_litter(CollectReport& report) {
  if (litter_removed_) return {};
  const auto failures = failures_;
  const auto litter = remove_litter();
  if (!litter) return std::unexpected(litter.error());
  report.litter = *litter;
  litter_removed_ = failures_ == failures;
  return {};
}

Result<std::uint64_t> Collector::remove_litter() {
  std::uint64_t removed = 0;
  std::vector<ObjectStore::Found> old;
  const auto sweep = [&]() -> Result<void> {
    const auto count = remove_unknown(old);
    if (!count) return std::unexpected(count.error());
    removed += *count;
    old.clear();
    return {};
  };
  for (unsigned first = 0; first < 256; ++first) {
    auto swept = check_stop();
    if (!swept) return std::unexpected(std::move(swept.error()));
    const auto visited = objects_.visit_folder(first, [&](const ObjectStore::Found& found) {
      if (found.id < ids_.first_of_this_run()) old.push_back(found);
      swept = check_stop();
      if (swept && old.size() >= kBatch) swept = sweep();
      return swept.has_value();
    });
    if (!swept) return std::unexpected(std::move(swept.error()));
    if (!visited) note_failure(visited.error());
  }
  if (auto swept = sweep(); !swept) return std::unexpected(std::move(swept.error()));
  return removed;
}

Result<std::uint64_t> Collector::remove_unknown(const std::vector<ObjectStore::Found>& files) {
  auto unknown = catalog_.read(
      [&](Database& database) -> Result<std::vector<ObjectStore::Found>> { return find_litter(database, files); });
  if (!unknown) return std::unexpected(std::move(unknown.error()));
  std::uint64_t removed = 0;
  for (const auto& file : *unknown) {
    if (auto go_on = check_stop(); !go_on) return std::unexpected(std::move(go_on.error()));
    const auto done = objects_.remove(file.id, file.sha256);
    if (done) ++removed;
    if (!done) note_failure(done.error());
  }
  return removed;
}

}  // namespace ndisk::storage
