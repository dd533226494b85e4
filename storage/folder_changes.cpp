#include "storage/folder_changes.hpp"

#include "common/shown_name.hpp"
#include "storage/file_commit.hpp"
#include "storage/node_moves.hpp"

namespace ndisk::storage {
namespace {

constexpr std::uint32_t kFolderMode = 0755;

void remember(WriteContext& context, const Actor& actor, const RequestId& request_id, RequestKind kind,
              std::uint64_t change) {
  RequestRow row;
  row.kind = kind;
  row.result.change = change;
  context.requests.insert(actor.device, request_id, row, context.now());
}

void put_in_trash(WriteContext& context, UserRow& user, const Actor& actor, const RemotePath& path,
                  const Place& place) {
  const auto& node = *place.node;
  const auto went = detach_node(context, user, node, {place.folder, path.name()});
  context.database.run(
      "INSERT INTO trash (user, node, path, removed, device, files, bytes, kind) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      user.id, node.id, as_bytes(path.bytes()), context.now(), actor.device, went.files, went.bytes,
      static_cast<int>(node.kind));
}

Result<UserRow*> find_user(WriteContext& context, const Actor& actor) {
  auto* user = context.user(actor.user);
  if (user == nullptr) return fail(ErrorCode::kNotAllowed, "there is no such user any more");
  return user;
}

}  // namespace

Result<std::uint64_t> remove_path(WriteContext& context, const Actor& actor, const RequestId& request_id,
                                  const RemotePath& path, bool recursive) {
  const auto answered = answer_again(context.requests, actor.device, request_id, RequestKind::kRemove);
  if (!answered) return std::unexpected(answered.error());
  if (*answered) return (*answered)->change;
  auto user = find_user(context, actor);
  if (!user) return std::unexpected(std::move(user.error()));
  if (path.is_root()) return fail(ErrorCode::kInvalid, "the drive itself can't be removed; name what is in it");
  const auto place = context.locate(**user, path);
  if (!place.node) return fail(ErrorCode::kNotFound, shown_name(path.bytes()) + ": no such file or folder");
  const bool is_folder = place.node->kind == Kind::kFolder;
  if (is_folder && !recursive) {
    return fail(ErrorCode::kIsFolder, shown_name(path.bytes()) + " is a folder; remove it with all in it by -r");
  }
  put_in_trash(context, **user, actor, path, place);
  const auto change = ++(*user)->change;
  context.touch(**user);
  context.tell_tree({0, (*user)->id, TreeOp::kRemove, path.bytes(), 0, {}});
  remember(context, actor, request_id, RequestKind::kRemove, change);
  return change;
}

Result<std::uint64_t> make_folder(WriteContext& context, const Actor& actor, const RequestId& request_id,
                                  const RemotePath& path) {
  const auto answered = answer_again(context.requests, actor.device, request_id, RequestKind::kMakeFolder);
  if (!answered) return std::unexpected(answered.error());
  if (*answered) return (*answered)->change;
  auto user = find_user(context, actor);
  if (!user) return std::unexpected(std::move(user.error()));
  const auto place = context.locate(**user, path);
  const bool is_file = place.node && place.node->kind != Kind::kFolder;
  if (place.parent_is_file || is_file) {
    const auto file = is_file ? path.name() : place.parts[place.existing];
    return fail(ErrorCode::kNotFolder,
                shown_name(path.bytes()) + " can't be a folder: '" + shown_name(file) + "' is a file");
  }
  auto change = (*user)->change;
  if (!place.node && !path.is_root()) {
    NodeRow row;
    row.kind = Kind::kFolder;
    row.attributes = {context.now(), kFolderMode};
    const auto parent = context.make_parents(**user, path, place);
    row.id = context.next_node_id();
    insert_node(context, **user, {parent, path.name()}, row);
    change = ++(*user)->change;
    context.touch(**user);
    context.tell_tree({0, (*user)->id, TreeOp::kMakeFolder, path.bytes(), 0, {}});
  }
  remember(context, actor, request_id, RequestKind::kMakeFolder, change);
  return change;
}

}  // namespace ndisk::storage
