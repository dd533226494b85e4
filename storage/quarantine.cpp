#include "storage/quarantine.hpp"

#include "storage/log.hpp"

namespace ndisk::storage {
namespace {

Result<void> mark(CommitQueue& queue, const ObjectRow& object, ObjectState state) {
  auto marked = queue.run_upkeep<void>([&](WriteContext& context) -> Result<void> {
    const auto row = context.objects.find(object.id);
    if (!row || row->state == ObjectState::kDying || row->state == ObjectState::kQuarantined) return {};
    context.objects.set_state(object.id, state);
    return {};
  });
  if (!marked) log_warning("it could not be marked: " + marked.error().message);
  return marked;
}

}  // namespace

Result<void> put_in_quarantine(CommitQueue& queue, const ObjectRow& object) {
  log_warning("the object " + ObjectStore::name(object.id, object.sha256) +
              " is not what was recorded: quarantined, and not served any more");
  return mark(queue, object, ObjectState::kQuarantined);
}

Result<void> note_unreadable(CommitQueue& queue, const ObjectRow& object) {
  if (object.state != ObjectState::kHealthy) return {};
  log_warning("the disk could not read the object " + ObjectStore::name(object.id, object.sha256) +
              ": the same content takes its place when it comes again");
  return mark(queue, object, ObjectState::kUnreadable);
}

Result<void> take_out_of_quarantine(CommitQueue& queue, const ObjectRow& object, TimeNs disk_mtime) {
  return queue.run_upkeep<void>([&](WriteContext& context) -> Result<void> {
    const auto row = context.objects.find(object.id);
    // As another check may have put the file aside since it was read.
    if (!row || !is_damaged(row->state) || row->state != object.state) return {};
    context.objects.set_state(object.id, ObjectState::kHealthy);
    context.objects.set_disk_mtime(object.id, disk_mtime);
    return {};
  });
}

Result<void> note_mtime(CommitQueue& queue, const ObjectRow& object, TimeNs disk_mtime) {
  if (disk_mtime == object.disk_mtime) return {};
  return queue.run_upkeep<void>([&](WriteContext& context) -> Result<void> {
    context.objects.set_disk_mtime(object.id, disk_mtime);
    return {};
  });
}

}  // namespace ndisk::storage
