#include "storage/version_reuse.hpp"

#include "common/path_parts.hpp"
#include "common/shown_name.hpp"
#include "storage/node_moves.hpp"
#include "storage/retention.hpp"

namespace ndisk::storage {

Result<ObjectRow> find_reusable(WriteContext& context, std::string_view path, const VersionRow& version) {
  const auto own = context.objects.find(version.object);
  const bool is_healthy = own && own->state == ObjectState::kHealthy;
  if (is_healthy && own->refs < kMaxRefs) return *own;
  if (const auto same = own ? context.objects.find_content(own->user, own->sha256, kMaxRefs) : std::nullopt) {
    return *same;
  }
  if (is_healthy) {
    return fail(ErrorCode::kConflict,
                shown_name(path) + ": too many versions have the same content; put a copy of it instead");
  }
  if (own && own->state == ObjectState::kUnreadable) {
    return fail(ErrorCode::kIo, shown_name(path) + ": the server's disk could not read the content of version " +
                                    std::to_string(version.id) +
                                    "; try again later, have the server checked (ndiskd fsck), or put it again");
  }
  return fail(ErrorCode::kIntegrity, shown_name(path) + ": the content of version " + std::to_string(version.id) +
                                         " on the server's disk is damaged; choose another version, or put it again");
}

void place_version(WriteContext& context, UserRow& user, const VersionTarget& target, VersionRow version,
                   const ObjectRow& object) {
  const auto name = last_name(target.path);
  version.node = target.node ? target.node->id : context.next_node_id();
  version.object = object.id;
  version.size = object.size;
  context.objects.add_reference(object.id);
  NodeRow node;
  node.id = version.node;
  node.kind = version.kind;
  node.size = version.size;
  node.attributes = version.attributes;
  node.sha256 = object.sha256;
  node.version = context.objects.insert_version(version, context.now());
  if (target.node) {
    context.nodes.update(target.folder, name, node);
    note_replaced(context, node.id);
    grow_file(context, user, target.folder, target.node->size, node.size);
  } else {
    insert_node(context, user, {target.folder, name}, node);
  }
  context.touch(user);
  context.tell_tree(shown_in_tree(user, target.path, node.kind, object.id, object.sha256));
}

OutboxRow shown_in_tree(const UserRow& user, std::string_view path, Kind kind, std::int64_t object,
                        const Digest& sha256) {
  if (kind == Kind::kLink) return {0, user.id, TreeOp::kRemove, std::string(path), 0, {}, {}};
  return {0, user.id, TreeOp::kLink, std::string(path), object, sha256, {}};
}

}  // namespace ndisk::storage
