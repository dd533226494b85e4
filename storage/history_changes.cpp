#include "storage/history_changes.hpp"

#include "common/shown_name.hpp"
#include "storage/answers.hpp"
#include "storage/retention.hpp"
#include "storage/table_versions.hpp"
#include "storage/trash_changes.hpp"

namespace ndisk::storage {
namespace {

std::unexpected<Error> fail_folder(const RemotePath& path) {
  return fail(ErrorCode::kIsFolder,
              '/' + shown_name(path.bytes()) + " is a folder, which has no versions; name a file in it");
}

// The object that the new version refers to: the old version's own, or another with the same content.
Result<ObjectRow> choose_object(WriteContext& context, const RemotePath& path, const VersionRow& version) {
  const auto own = context.objects.find(version.object);
  const bool is_healthy = own && own->state == ObjectState::kHealthy;
  if (is_healthy && own->refs < kMaxRefs) return *own;
  if (const auto same = own ? context.objects.find_content(own->user, own->sha256, kMaxRefs) : std::nullopt) {
    return *same;
  }
  const auto shown = shown_name(path.bytes()) + " can't be restored: ";
  if (is_healthy) return fail(ErrorCode::kConflict, shown + "too many versions have the same content; put it again");
  return fail(ErrorCode::kIntegrity, shown + "the content of version " + std::to_string(version.id) +
                                         " on the server's disk is damaged; restore another version");
}

void tell_tree(WriteContext& context, const UserRow& user, const RemotePath& path, Kind kind, const ObjectRow& object) {
  if (kind == Kind::kLink) {
    context.tell_tree({0, user.id, TreeOp::kRemove, path.bytes(), 0, {}});
  } else {
    context.tell_tree({0, user.id, TreeOp::kLink, path.bytes(), object.id, object.sha256});
  }
}

Placed make_current(WriteContext& context, UserRow& user, const Actor& actor, const RemotePath& path,
                    const Place& place, VersionRow version, const ObjectRow& object) {
  version.node = place.node->id;
  version.object = object.id;
  version.device = actor.device;
  version.change = ++user.change;
  context.objects.add_reference(object.id);
  NodeRow node = *place.node;
  node.kind = version.kind;
  node.size = version.size;
  node.attributes = version.attributes;
  node.sha256 = object.sha256;
  node.version = context.objects.insert_version(version, context.now());
  context.nodes.update(place.folder, path.name(), node);
  note_replaced(context, node.id);
  const auto growth = node.size - place.node->size;
  context.totals.add(place.folder, {0, 0, static_cast<std::int64_t>(growth)});
  user.bytes += growth;
  context.touch(user);
  tell_tree(context, user, path, node.kind, object);
  return {user.change, path.bytes()};
}

Result<Placed> restore_version(WriteContext& context, UserRow& user, const Actor& actor, const RemotePath& path,
                               const Place& place, std::optional<std::uint64_t> number) {
  const auto version = choose_version(context.database, path, *place.node, number);
  if (!version) return std::unexpected(version.error());
  const auto object = choose_object(context, path, *version);
  if (!object) return std::unexpected(object.error());
  return make_current(context, user, actor, path, place, *version, *object);
}

Result<Placed> restore_removed(WriteContext& context, UserRow& user, const RemotePath& path,
                               std::optional<std::uint64_t> number) {
  const auto item = TrashTable(context.database).newest_of(user.id, path.bytes());
  if (item && !number) return put_back(context, user, *item, path);
  const auto shown = shown_name(path.bytes());
  if (item) {
    return fail(ErrorCode::kNotFound, shown + " is in the trash; restore it without a version first");
  }
  return fail(ErrorCode::kNotFound, shown + ": no such file, and none in the trash; ndisk trash list shows what is");
}

}  // namespace

std::unexpected<Error> fail_not_its_version(const RemotePath& path, std::uint64_t version) {
  const auto shown = shown_name(path.bytes());
  return fail(ErrorCode::kNotFound, "version " + std::to_string(version) + " is not one of " + shown +
                                        "'s; ndisk versions " + shown + " lists them");
}

Result<VersionRow> choose_version(Database& database, const RemotePath& path, const NodeRow& node,
                                  std::optional<std::uint64_t> version) {
  if (node.kind == Kind::kFolder) return fail_folder(path);
  const auto number = version ? version : VersionTable(database).newest_before(node.id, node.version);
  if (!number) return fail(ErrorCode::kNotFound, shown_name(path.bytes()) + " has no earlier version");
  const auto row = ObjectTable(database).find_version(*number);
  if (!row || row->node != node.id) return fail_not_its_version(path, *number);
  return *row;
}

Result<Placed> restore_path(WriteContext& context, const Actor& actor, const RequestId& request_id,
                            const RemotePath& path, std::optional<std::uint64_t> version) {
  const Asked asked{actor, request_id, RequestKind::kRestore};
  auto answered = find_placed(context, asked);
  if (!answered) return std::unexpected(std::move(answered.error()));
  if (*answered) return std::move(**answered);
  auto* user = context.user(actor.user);
  if (user == nullptr) return fail(ErrorCode::kNotAllowed, kNoSuchUser);
  const auto place = context.locate(*user, path);
  if (path.is_root()) return fail_folder(path);
  auto placed = place.node ? restore_version(context, *user, actor, path, place, version)
                           : restore_removed(context, *user, path, version);
  if (placed) remember_placed(context, asked, *placed);
  return placed;
}

}  // namespace ndisk::storage
