#include "storage/file_commit.hpp"

#include "common/shown_name.hpp"
#include "storage/node_moves.hpp"

namespace ndisk::storage {
namespace {

// The object that the version will refer to: one that is held, or the new one.
struct Content {
  std::int64_t object = 0;
  bool is_new = false;
};

Result<Content> choose_content(WriteContext& context, const FileCommit& commit, const UserRow& user,
                               const NewObject* object) {
  // The one that was looked at on disk comes first.
  auto held = context.objects.find_content(user.id, commit.sha256);
  if (!held && object == nullptr) held = context.objects.find_content(user.id, commit.sha256, kMaxRefs);
  if (held) return Content{held->id, false};
  if (object == nullptr) {
    return fail(ErrorCode::kConflict, "the content of " + shown_name(commit.path.bytes()) + " was just removed; retry",
                true);
  }
  if (user.quota && user.stored + object->size > *user.quota) {
    return fail(ErrorCode::kNoSpace, shown_name(commit.path.bytes()) + " does not fit: the quota of " + user.name +
                                         " is " + std::to_string(*user.quota) + " bytes; remove something");
  }
  return Content{object->id, true};
}

bool is_unchanged(WriteContext& context, const FileCommit& commit, const NodeRow& node) {
  if (node.kind != commit.kind || node.sha256 != commit.sha256 || node.attributes != commit.attributes) return false;
  const auto version = context.objects.find_version(node.version);
  if (!version) return false;
  const auto object = context.objects.find(version->object);
  return object && object->state == ObjectState::kHealthy;
}

void record_object(WriteContext& context, UserRow& user, NewObject& object) {
  ObjectRow row;
  row.id = object.id;
  row.user = user.id;
  row.sha256 = object.sha256;
  row.size = object.size;
  row.disk_mtime = object.disk_mtime;
  row.refs = 1;
  context.objects.insert(row);
  user.stored += object.size;
  object.taken_up = true;
}

std::uint64_t record_version(WriteContext& context, const FileCommit& commit, std::int64_t node, std::int64_t object,
                             std::uint64_t change) {
  VersionRow row;
  row.node = node;
  row.object = object;
  row.kind = commit.kind;
  row.size = commit.size;
  row.attributes = commit.attributes;
  row.device = commit.actor.device;
  row.change = change;
  return context.objects.insert_version(row, context.now());
}

void put_node(WriteContext& context, UserRow& user, const FileCommit& commit, const Place& place, NodeRow row) {
  if (place.node) {
    context.nodes.update(place.folder, commit.path.name(), row);
    const auto growth = commit.size - place.node->size;
    context.totals.add(place.folder, {0, 0, static_cast<std::int64_t>(growth)});
    user.bytes += growth;
  } else {
    const auto folder = context.make_parents(user, commit.path, place);
    insert_node(context, user, {folder, commit.path.name()}, row);
  }
}

// Links have no place in the tree: what they replace leaves it.
void tell_tree(WriteContext& context, const UserRow& user, const FileCommit& commit, std::int64_t object) {
  if (commit.kind == Kind::kLink) {
    context.tell_tree({0, user.id, TreeOp::kRemove, commit.path.bytes(), 0, {}});
  } else {
    context.tell_tree({0, user.id, TreeOp::kLink, commit.path.bytes(), object, commit.sha256});
  }
}

Committed write_commit(WriteContext& context, UserRow& user, const FileCommit& commit, const Place& place,
                       const Content& content, NewObject* object) {
  if (content.is_new) {
    record_object(context, user, *object);
  } else {
    context.objects.add_reference(content.object);
  }
  NodeRow row;
  row.id = place.node ? place.node->id : context.next_node_id();
  row.kind = commit.kind;
  row.size = commit.size;
  row.attributes = commit.attributes;
  row.sha256 = commit.sha256;
  Committed result;
  result.change = ++user.change;
  row.version = record_version(context, commit, row.id, content.object, result.change);
  put_node(context, user, commit, place, row);
  context.touch(user);
  tell_tree(context, user, commit, content.object);
  result.version = row.version;
  result.size = commit.size;
  result.sha256 = commit.sha256;
  result.instant = commit.instant;
  return result;
}

Result<Committed> commit_or_leave(WriteContext& context, const FileCommit& commit, NewObject* object) {
  auto* user = context.user(commit.actor.user);
  if (user == nullptr) return fail(ErrorCode::kNotAllowed, "there is no such user any more");
  const auto place = context.locate(*user, commit.path);
  if (auto checked = check_file_place(commit.path, place); !checked) return std::unexpected(checked.error());
  if (auto held = check_precondition(commit.precondition, commit.path, place.node); !held) {
    return std::unexpected(held.error());
  }
  Committed result;
  if (place.node && is_unchanged(context, commit, *place.node)) {
    result = {place.node->version, commit.size, commit.sha256, user->change, true, commit.instant};
  } else {
    auto content = choose_content(context, commit, *user, object);
    if (!content) return std::unexpected(std::move(content.error()));
    result = write_commit(context, *user, commit, place, *content, object);
  }
  context.requests.insert(commit.actor.device, commit.request_id, {RequestKind::kCommit, result}, context.now());
  return result;
}

}  // namespace

Result<Committed> commit_file(WriteContext& context, const FileCommit& commit, NewObject* object) {
  auto answered = answer_again(context.requests, commit.actor.device, commit.request_id, RequestKind::kCommit);
  if (!answered) return std::unexpected(std::move(answered.error()));
  Result<Committed> result = *answered ? Result<Committed>(**answered) : commit_or_leave(context, commit, object);
  if (result && commit.upload) context.uploads.remove(*commit.upload);
  return result;
}

Result<void> check_precondition(const Precondition& precondition, const RemotePath& path,
                                const std::optional<NodeRow>& node) {
  const auto there = node ? "version " + std::to_string(node->version) : std::string("nothing");
  if (precondition.must_not_exist && node) {
    return fail(ErrorCode::kConflict, shown_name(path.bytes()) + " exists already: " + there +
                                          " is there, and nothing was to be; look at it first");
  }
  if (precondition.if_version && (!node || node->version != *precondition.if_version)) {
    return fail(ErrorCode::kConflict, shown_name(path.bytes()) + " was changed meanwhile: " + there +
                                          " is there, not version " + std::to_string(*precondition.if_version) +
                                          "; get it first");
  }
  return {};
}

Result<void> check_file_place(const RemotePath& path, const Place& place) {
  if (path.is_root()) return fail(ErrorCode::kIsFolder, "/ is the drive itself; name a file in it");
  if (place.parent_is_file) {
    return fail(ErrorCode::kNotFolder, shown_name(path.bytes()) + " can't be: '" +
                                           shown_name(place.parts[place.existing]) + "' on the way is a file");
  }
  if (place.node && place.node->kind == Kind::kFolder) {
    return fail(ErrorCode::kIsFolder, shown_name(path.bytes()) + " is a folder; choose another name");
  }
  return {};
}

Result<std::optional<Committed>> answer_again(RequestTable requests, const DeviceId& device, const RequestId& request,
                                              RequestKind kind) {
  const auto row = requests.find(device, request);
  if (!row) return std::nullopt;
  if (row->kind != kind) return fail(ErrorCode::kInvalid, "this request id was used for another request");
  return row->result;
}

}  // namespace ndisk::storage
