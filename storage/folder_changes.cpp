#include "storage/folder_changes.hpp"

#include "common/shown_name.hpp"
#include "storage/answers.hpp"
#include "storage/node_moves.hpp"

namespace ndisk::storage {
namespace {

void remember(WriteContext& context, const Asked& asked, std::uint64_t change) {
  RequestRow row;
  row.kind = asked.kind;
  row.result.change = change;
  context.requests.insert(asked.actor.device, asked.id, row, context.now());
}

Result<void> check_folder_place(const FolderRequest& request, const Place& place) {
  const auto shown = shown_name(request.path.bytes());
  if (place.parent_is_file) {
    return fail(ErrorCode::kNotFolder,
                shown + " can't be a folder: '" + shown_name(place.parts[place.existing]) + "' is a file");
  }
  if (request.must_not_exist && (place.node || request.path.is_root())) {
    return fail(ErrorCode::kConflict, '/' + shown + " exists already, and nothing was to be there; look at it first");
  }
  if (place.node && place.node->kind != Kind::kFolder) {
    return fail(ErrorCode::kNotFolder, shown + " can't be a folder: '" + shown_name(request.path.name()) +
                                           "' is a file; remove it first, or choose another name");
  }
  return {};
}

void make_missing(WriteContext& context, UserRow& user, const FolderRequest& request, const Place& place) {
  NodeRow row;
  row.kind = Kind::kFolder;
  row.attributes = request.attributes.value_or(Attributes{context.now(), kNewFolderMode});
  const auto parent = context.make_parents(user, request.path, place);
  row.id = context.next_node_id();
  insert_node(context, user, {parent, request.path.name()}, row);
  context.tell_tree({0, user.id, TreeOp::kMakeFolder, request.path.bytes(), 0, {}});
}

// Whether that changed anything.
bool set_attributes(WriteContext& context, const FolderRequest& request, const Place& place) {
  if (!place.node || !request.attributes || *request.attributes == place.node->attributes) return false;
  auto row = *place.node;
  row.attributes = *request.attributes;
  context.nodes.update(place.folder, request.path.name(), row);
  return true;
}

}  // namespace

void put_in_trash(WriteContext& context, UserRow& user, const Actor& actor, const RemotePath& path,
                  const Place& place) {
  const auto& node = *place.node;
  const auto went = detach_node(context, user, node, {place.folder, path.name()});
  context.database.run(
      "INSERT INTO trash (user, node, path, removed, device, files, bytes, kind) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      user.id, node.id, as_bytes(path.bytes()), context.now(), actor.device, went.files, went.bytes,
      static_cast<int>(node.kind));
}

Result<std::uint64_t> remove_path(WriteContext& context, const Actor& actor, const RequestId& request_id,
                                  const RemotePath& path, bool recursive) {
  const Asked asked{actor, request_id, RequestKind::kRemove};
  const auto answered = find_answer(context, asked);
  if (!answered) return std::unexpected(answered.error());
  if (*answered) return (*answered)->result.change;
  auto* user = context.user(actor.user);
  if (user == nullptr) return fail(ErrorCode::kNotAllowed, kNoSuchUser);
  if (path.is_root()) return fail(ErrorCode::kInvalid, "the drive itself can't be removed; name what is in it");
  const auto place = context.locate(*user, path);
  if (!place.node) return fail(ErrorCode::kNotFound, shown_name(path.bytes()) + ": no such file or folder");
  if (place.node->kind == Kind::kFolder && !recursive) {
    return fail(ErrorCode::kIsFolder, shown_name(path.bytes()) + " is a folder; remove it with all in it by -r");
  }
  put_in_trash(context, *user, actor, path, place);
  const auto change = ++user->change;
  context.touch(*user);
  context.tell_tree({0, user->id, TreeOp::kRemove, path.bytes(), 0, {}});
  remember(context, asked, change);
  return change;
}

Result<std::uint64_t> make_folder(WriteContext& context, const Actor& actor, const FolderRequest& request) {
  const Asked asked{actor, request.request_id, RequestKind::kMakeFolder};
  const auto answered = find_answer(context, asked);
  if (!answered) return std::unexpected(answered.error());
  if (*answered) return (*answered)->result.change;
  auto* user = context.user(actor.user);
  if (user == nullptr) return fail(ErrorCode::kNotAllowed, kNoSuchUser);
  const auto place = context.locate(*user, request.path);
  if (auto checked = check_folder_place(request, place); !checked) return std::unexpected(checked.error());
  const bool is_missing = !place.node && !request.path.is_root();
  if (is_missing) make_missing(context, *user, request, place);
  if (is_missing || set_attributes(context, request, place)) {
    ++user->change;
    context.touch(*user);
  }
  remember(context, asked, user->change);
  return user->change;
}

}  // namespace ndisk::storage
