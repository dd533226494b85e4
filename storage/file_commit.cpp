#include "storage/file_commit.hpp"

#include "common/shown_name.hpp"
#include "storage/node_moves.hpp"
#include "storage/quota.hpp"
#include "storage/receipt_chain.hpp"
#include "storage/retention.hpp"
#include "storage/version_reuse.hpp"

namespace ndisk::storage {
namespace {

// The object that the version will refer to: one that is held, or the new one.
struct Content {
  std::int64_t object = 0;
  bool is_new = false;
  bool heals = false;  // new content that the user has damaged elsewhere
};

Result<Content> choose_content(WriteContext& context, const StagedBytes& staged, const FileCommit& commit,
                               const UserRow& user, const NewObject* object) {
  // The one that was looked at on disk comes first.
  auto held = context.objects.find_content(user.id, commit.sha256);
  if (!held && object == nullptr) held = context.objects.find_content(user.id, commit.sha256, kMaxRefs);
  if (held) return Content{held->id, false};
  if (object == nullptr) {
    return fail(ErrorCode::kConflict, "the content of " + shown_name(commit.path.bytes()) + " was just removed; retry",
                true);
  }
  // What is to heal takes the room of what is damaged, which goes soon.
  const bool heals = context.objects.has_damaged(user.id, commit.sha256);
  const QuotaNeed need{commit.path.bytes(), heals ? 0 : object->size, staged.of(user.id, commit.upload_id)};
  if (auto fits = check_quota(user, need); !fits) return std::unexpected(std::move(fits.error()));
  return Content{object->id, true, heals};
}

std::unexpected<Error> wrong_kind() {
  return fail(ErrorCode::kInvalid, "this request id was used for another request");
}

// What stands at the path, of its current version.
struct Standing {
  bool is_same = false;             // this content, this time and mode
  std::optional<ObjectRow> object;  // if it has this content
};

Standing look_at_standing(WriteContext& context, const FileCommit& commit, const std::optional<NodeRow>& node) {
  if (!node || node->sha256 != commit.sha256) return {};
  const auto version = context.objects.find_version(node->version);
  if (!version) return {};
  // What a rebuild could not read may have been cut: then its size is another.
  const bool is_same = node->kind == commit.kind && node->attributes == commit.attributes && node->size == commit.size;
  return {is_same, context.objects.find(version->object)};
}

void record_object(WriteContext& context, UserRow& user, NewObject& object, std::int64_t refs) {
  ObjectRow row;
  row.id = object.id;
  row.user = user.id;
  row.sha256 = object.sha256;
  row.size = object.size;
  row.disk_mtime = object.disk_mtime;
  row.refs = refs;
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
    note_replaced(context, row.id);
    grow_file(context, user, place.folder, place.node->size, commit.size);
  } else {
    const auto folder = context.make_parents(user, commit.path, place);
    insert_node(context, user, {folder, commit.path.name()}, row);
  }
}

// A link has no place in the tree, but the folder that holds it has one.
void tell_tree(WriteContext& context, const UserRow& user, const FileCommit& commit, const Place& place,
               std::int64_t object) {
  const auto& path = commit.path;
  if (place.node || commit.kind != Kind::kLink) {
    context.tell_tree(shown_in_tree(user, path.bytes(), commit.kind, object, commit.sha256));
  } else if (!place.has_all_parents()) {
    context.tell_tree({0, user.id, TreeOp::kMakeFolder, path.parent().bytes(), 0, {}, {}});
  }
}

Committed write_commit(WriteContext& context, UserRow& user, const FileCommit& commit, const Place& place,
                       const Content& content) {
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
  tell_tree(context, user, commit, place, content.object);
  result.version = row.version;
  result.size = commit.size;
  result.sha256 = commit.sha256;
  result.instant = commit.instant;
  return result;
}

// The version that stands there gets the content that just came in place of its damaged one.
void heal_standing(WriteContext& context, const UserRow& user, const FileCommit& commit, const NodeRow& node,
                   const ObjectRow& damaged, std::int64_t object) {
  context.objects.move_reference(node.version, damaged.id, object);
  context.tell_tree(shown_in_tree(user, commit.path.bytes(), node.kind, object, commit.sha256));
}

Result<Committed> write_content(WriteContext& context, const StagedBytes& staged, UserRow& user,
                                const FileCommit& commit, const Place& place, NewObject* object) {
  const auto standing = look_at_standing(context, commit, place.node);
  const auto unchanged = [&] {
    return Committed{place.node->version, commit.size, commit.sha256, user.change, true, commit.instant, {}, false};
  };
  if (standing.is_same && standing.object && standing.object->state == ObjectState::kHealthy) return unchanged();
  const auto content = choose_content(context, staged, commit, user, object);
  if (!content) return std::unexpected(content.error());
  bool healed_here = false;
  bool stays = false;  // what stands there, with its version; else a new version refers to the object
  if (content->is_new) {
    healed_here = standing.object && is_damaged(standing.object->state);
    stays = healed_here && standing.is_same;
    record_object(context, user, *object, stays ? 0 : 1);
    context.touch(user);
    if (healed_here) heal_standing(context, user, commit, *place.node, *standing.object, content->object);
  } else {
    context.objects.add_reference(content->object);
  }
  auto result = stays ? unchanged() : write_commit(context, user, commit, place, *content);
  result.healed = content->heals;
  return result;
}

Result<Committed> commit_or_leave(WriteContext& context, const StagedBytes& staged, UserRow& user,
                                  const FileCommit& commit, NewObject* object) {
  const auto place = context.locate(user, commit.path);
  if (auto checked = check_file_place(commit.path, place); !checked) return std::unexpected(checked.error());
  if (auto held = check_precondition(commit.precondition, commit.path, place.node); !held) {
    return std::unexpected(held.error());
  }
  auto written = write_content(context, staged, user, commit, place, object);
  if (!written) return written;
  auto& result = *written;
  RequestRow request{RequestKind::kCommit, result, {}, {}};
  if (commit.receipt) {
    result.receipt = add_receipt(context, user, commit.path, result);
    request.receipt = result.receipt->sequence;
  }
  context.requests.insert(commit.actor.device, commit.request_id, request, context.now());
  return result;
}

}  // namespace

Result<Committed> commit_file(WriteContext& context, StagedBytes& staged, const FileCommit& commit, NewObject* object) {
  auto* user = context.user(commit.actor.user);
  if (user == nullptr) return fail(ErrorCode::kNotAllowed, kNoSuchUser);
  auto answered = answer_commit_again(context.database, *user, commit.actor.device, commit.request_id);
  if (!answered) return std::unexpected(std::move(answered.error()));
  Result<Committed> result =
      *answered ? Result<Committed>(std::move(**answered)) : commit_or_leave(context, staged, *user, commit, object);
  if (result && commit.upload) context.uploads.remove(*commit.upload);
  // What it took is stored by now: the next change of the same group must not count it twice.
  if (result && commit.upload_id) staged.remove(*commit.upload_id);
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

Result<std::optional<Committed>> answer_commit_again(Database& database, const UserRow& user, const DeviceId& device,
                                                     const RequestId& request) {
  const auto row = RequestTable(database).find(device, request);
  if (!row) return std::nullopt;
  if (row->kind != RequestKind::kCommit) return wrong_kind();
  auto result = row->result;
  if (row->receipt) result.receipt = find_receipt(database, user, *row->receipt, result);
  return result;
}

Result<std::optional<Committed>> answer_again(RequestTable requests, const DeviceId& device, const RequestId& request,
                                              RequestKind kind) {
  const auto row = requests.find(device, request);
  if (!row) return std::nullopt;
  if (row->kind != kind) return wrong_kind();
  return row->result;
}

}  // namespace ndisk::storage
