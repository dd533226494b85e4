#include "storage/retention.hpp"

#include "storage/counters.hpp"
#include "storage/days_seen.hpp"
#include "storage/table_replaced.hpp"
#include "storage/table_versions.hpp"

namespace ndisk::storage {
namespace {

constexpr char kKeptVersions[] = "keep_versions";
constexpr char kKeptAge[] = "keep_versions_for";

// One step's pruning of the files whose time has come.
class Pruning {
 public:
  Pruning(WriteContext& context, const Retention& retention, int limit)
      : retention_(retention),
        now_(context.now()),
        newest_seen_(newest_version_seen(context.database, retention.version_age)),
        versions_(context.database),
        queue_(context.database),
        left_(limit) {}

  Step run() {
    for (const auto node : queue_.due(now_, left_)) {
      if (left_ <= 0) break;
      prune(node);
      --left_;
      step_.more = true;
    }
    return step_;
  }

 private:
  // Oldest first, so that each still has the one after it, whose making was its end. A file that is not done keeps its
  // place in the queue.
  void prune(std::int64_t node) {
    const auto oldest_kept = versions_.nth_newest(node, retention_.versions);
    if (!oldest_kept) return queue_.remove(node);
    const auto versions = versions_.oldest(node, oldest_kept->id, left_ + 1);
    for (std::size_t i = 0; i + 1 < versions.size(); ++i) {
      const auto& next = versions[i + 1];
      if (is_young(next)) return queue_.set_due(node, next.created + retention_.version_age);
      if (next.id > newest_seen_) return queue_.set_due(node, now_ + kDaySeen);
      versions_.remove(versions[i]);
      ++step_.versions;
      --left_;
    }
    if (versions.empty() || versions.back().id == oldest_kept->id) queue_.remove(node);
  }

  [[nodiscard]] bool is_young(const KeptVersion& next) const {
    return retention_.version_age > 0 && now_ - next.created < retention_.version_age;
  }

  const Retention& retention_;
  const TimeNs now_;
  const std::uint64_t newest_seen_;
  VersionTable versions_;
  ReplacedTable queue_;
  int left_;
  Step step_;
};

}  // namespace

Result<void> check_retention(const Retention& retention) {
  const auto is_time = [](TimeNs time) { return time >= 0 && time <= kMaxKeptTime; };
  if (is_time(retention.trash) && is_time(retention.version_age) && retention.versions <= kMaxKeptVersions) return {};
  return fail(ErrorCode::kInvalid,
              "the trash and versions can be kept for 0 to 36500 days, and 0 to 1000000000 versions of a file");
}

void note_replaced(WriteContext& context, std::int64_t node) {
  ReplacedTable(context.database).add(node, context.now());
}

void follow_retention(WriteContext& context, const Retention& retention) {
  const auto versions = static_cast<std::int64_t>(retention.versions);
  auto& database = context.database;
  if (find_counter(database, kKeptVersions) == versions && find_counter(database, kKeptAge) == retention.version_age)
    return;
  ReplacedTable(database).refill(retention.versions);
  set_counter(database, kKeptVersions, versions);
  set_counter(database, kKeptAge, retention.version_age);
}

Step note_day(WriteContext& context, const Retention& retention, int /*limit*/) {
  note_day_seen(context.database, context.now(), retention.trash, retention.version_age);
  return {};
}

Step prune_versions(WriteContext& context, const Retention& retention, int limit) {
  return Pruning(context, retention, limit).run();
}

Step expire_trash(WriteContext& context, const Retention& retention, int limit) {
  Step step;
  const auto newest = newest_trash_seen(context.database, retention.trash);
  for (const auto& item : TrashTable(context.database).removed_up_to(context.now() - retention.trash, newest, limit)) {
    doom_item(context, item);
    ++step.nodes;
    step.more = true;
  }
  return step;
}

}  // namespace ndisk::storage
