// Versions and the trash.
#include "common/shown_name.hpp"
#include "storage/disk_room.hpp"
#include "storage/drive_core.hpp"
#include "storage/history_changes.hpp"
#include "storage/quarantine.hpp"
#include "storage/table_versions.hpp"
#include "storage/trash_changes.hpp"

namespace ndisk::storage {
namespace {

// What stands at the path, if it has versions.
Result<NodeRow> find_file(Database& database, const Actor& actor, const RemotePath& path) {
  const auto user = UserTable(database).require(actor.user);
  if (!user) return std::unexpected(user.error());
  const auto place = NodeTable(database).locate(user->root, path);
  if (path.is_root() || (place.node && place.node->kind == Kind::kFolder)) {
    return fail(ErrorCode::kIsFolder,
                '/' + shown_name(path.bytes()) + " is a folder, which has no versions; name a file in it");
  }
  if (!place.node) return fail(ErrorCode::kNotFound, shown_name(path.bytes()) + ": no such file");
  return *place.node;
}

// Of what was looked at before it was in the trash nobody knew that others would have to wait for it.
Result<void> check_light(WriteContext& context, const Actor& actor, const FromTrash& what, bool with_tree) {
  context.totals.settle();
  const auto heavy = is_heavy(context.database, actor, what, with_tree);
  if (heavy && !*heavy) return {};
  return fail(ErrorCode::kBusy, "it came into the trash while its restore waited; try again", true);
}

}  // namespace

Result<std::vector<VersionSummary>> DriveCore::versions(const Actor& actor, const RemotePath& path,
                                                        std::uint64_t before, std::size_t limit) {
  const Gate gate(*this);
  if (!gate.is_open()) return std::unexpected(closed_error());
  return catalog_->read([&](Database& database) -> Result<std::vector<VersionSummary>> {
    const auto node = find_file(database, actor, path);
    if (!node) return std::unexpected(node.error());
    auto versions = VersionTable(database).newest(node->id, before, limit);
    for (auto& version : versions) version.current = version.version == node->version;
    return versions;
  });
}

void DriveCore::restore(const Actor& actor, const RequestId& request_id, const RemotePath& path,
                        std::optional<std::uint64_t> version, Completion<Placed> done) {
  const Gate gate(*this);
  if (!gate.is_open()) return done(std::unexpected(closed_error()));
  const auto before = placed_before({actor, request_id, RequestKind::kRestore});
  if (!before) return done(std::unexpected(before.error()));
  if (*before) return done(**before);
  if (auto checked = check_content(actor, path, version); !checked) return done(std::unexpected(checked.error()));
  restore_from(
      actor, {std::nullopt, path}, request_id, RequestKind::kRestore,
      [=](WriteContext& context, NewObject*) { return restore_path(context, actor, request_id, path, version); },
      std::move(done));
}

Result<std::optional<Placed>> DriveCore::placed_before(const Asked& asked) {
  return catalog_->read([&](Database& database) { return find_placed(database, asked); });
}

// One at a time, so that large ones never take more than one of the threads that changes need: all below is looked at.
Result<Weight> DriveCore::weigh_restore(const Actor& actor, const FromTrash& what) {
  const auto is_large =
      catalog_->read([&](Database& database) { return is_heavy(database, actor, what, options_.tree); });
  if (!is_large) return std::unexpected(is_large.error());
  if (!*is_large) return Weight{};
  const std::unique_lock alone(weighing_restore_, std::try_to_lock);
  if (!alone) return fail(ErrorCode::kBusy, "another large folder is being looked at for its restore: try again", true);
  return catalog_->read_long([&](Database& database) { return weigh(database, actor, what, options_.tree); });
}

// What comes back in the end is `apply`'s to say.
void DriveCore::restore_from(const Actor& actor, const FromTrash& what, const RequestId& request_id, RequestKind kind,
                             Change<Placed>::Apply apply, Completion<Placed> done) {
  const auto weight = weigh_restore(actor, what);
  if (!weight) return done(std::unexpected(weight.error()));
  const auto check = [this, actor, what, weight = *weight](WriteContext& context) {
    return weight.is_heavy ? check_room_for_rows(files_, objects_.folder(), weight.bytes)
                           : check_light(context, actor, what, options_.tree);
  };
  submit(
      actor, weight->is_heavy,
      std::make_unique<Change<Placed>>(
          [=, apply = std::move(apply)](WriteContext& context, NewObject* object) mutable -> Result<Placed> {
            const auto checked = check_unanswered(context, {actor, request_id, kind}, [&] { return check(context); });
            if (!checked) return std::unexpected(checked.error());
            return apply(context, object);
          },
          std::move(done)));
}

// Content that is damaged on disk is found out before it becomes current. What else may be wrong is the change's to
// say.
Result<void> DriveCore::check_content(const Actor& actor, const RemotePath& path,
                                      std::optional<std::uint64_t> version) {
  auto object = catalog_->read([&](Database& database) -> Result<std::optional<ObjectRow>> {
    const auto node = find_file(database, actor, path);
    if (!node) return std::nullopt;
    const auto chosen = choose_version(database, path, *node, version);
    if (!chosen) return std::nullopt;
    return ObjectTable(database).find(chosen->object);
  });
  if (!object) return std::unexpected(std::move(object.error()));
  if (!*object) return {};
  if ((*object)->state == ObjectState::kHealthy) {
    const auto usable = is_usable(**object);
    if (!usable) return std::unexpected(usable.error());
    if (*usable) return {};
  }
  return look_again((*object)->id);
}

// All of what the disk could not read is read once more, unless other content serves: it may have been a passing fault.
// One at a time, so that this never takes more than one of the threads that changes need. What may go better soon is
// said so: nobody has found out yet that the disk can't read it.
Result<void> DriveCore::look_again(std::int64_t id) {
  struct Found {
    std::optional<ObjectRow> object;
    std::optional<ObjectRow> twin;
  };
  const auto found = catalog_->read([&](Database& database) -> Result<Found> {
    ObjectTable table(database);
    auto object = table.find(id);
    auto twin = object ? table.find_content(object->user, object->sha256, kMaxRefs) : std::nullopt;
    return Found{std::move(object), std::move(twin)};
  });
  if (!found) return std::unexpected(found.error());
  const auto& object = found->object;
  if (!object || found->twin || object->state != ObjectState::kUnreadable) return {};
  const std::unique_lock alone(looking_again_, std::try_to_lock);
  if (!alone) return fail(ErrorCode::kBusy, "another restore reads what the disk could not read: try again", true);
  const auto look = objects_.look(*object);
  const auto whole = look ? objects_.is_whole(*object, long_work_ends_) : std::unexpected(look.error());
  if (!whole && whole.error().retryable) return std::unexpected(whole.error());
  if (!whole) return {};  // the change will say that it can't be read
  return *whole ? take_out_of_quarantine(queue_, *object, look->disk_mtime) : put_in_quarantine(queue_, *object);
}

Result<std::vector<TrashItem>> DriveCore::trash(const Actor& actor, std::uint64_t before, std::size_t limit) {
  const Gate gate(*this);
  if (!gate.is_open()) return std::unexpected(closed_error());
  return catalog_->read([&](Database& database) -> Result<std::vector<TrashItem>> {
    if (auto user = UserTable(database).require(actor.user); !user) return std::unexpected(std::move(user.error()));
    auto items = TrashTable(database).newest(actor.user, before, limit);
    for (auto& item : items) item.expires = item.removed + options_.retention.trash;
    return items;
  });
}

void DriveCore::restore_trash(const Actor& actor, const RequestId& request_id, std::uint64_t id,
                              const std::optional<RemotePath>& to, Completion<Placed> done) {
  const Gate gate(*this);
  if (!gate.is_open()) return done(std::unexpected(closed_error()));
  restore_from(
      actor, {id, to}, request_id, RequestKind::kRestoreTrash,
      [=](WriteContext& context, NewObject*) { return restore_from_trash(context, actor, request_id, id, to); },
      std::move(done));
}

void DriveCore::empty_trash(const Actor& actor, EmptyTrashRequest request, Completion<Emptied> done) {
  const Gate gate(*this);
  if (!gate.is_open()) return done(std::unexpected(closed_error()));
  const auto heavy = catalog_->read([&](Database& database) { return is_heavy(database, actor, request); });
  if (!heavy) return done(std::unexpected(heavy.error()));
  submit(actor, *heavy,
         std::make_unique<Change<Emptied>>(
             [actor, request = std::move(request)](WriteContext& context, NewObject*) {
               return storage::empty_trash(context, actor, request);
             },
             std::move(done)));
}

}  // namespace ndisk::storage
