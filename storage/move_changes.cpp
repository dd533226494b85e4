#include "storage/move_changes.hpp"

#include "common/shown_name.hpp"
#include "storage/answers.hpp"
#include "storage/destination.hpp"
#include "storage/folder_changes.hpp"
#include "storage/node_moves.hpp"
#include "storage/version_reuse.hpp"

namespace ndisk::storage {
namespace {

// What is to be replaced leaves: a file for the trash, an empty folder for good.
void make_room(WriteContext& context, UserRow& user, const Actor& actor, const RemotePath& path, const Place& place) {
  if (!place.node) return;
  if (place.node->kind == Kind::kFolder) {
    remove_empty_folder(context, *place.node, {place.folder, path.name()});
  } else {
    put_in_trash(context, user, actor, path, place);
  }
}

// A folder moves in one go. A file's new name is made before the old one goes, so that one of them always shows it.
void tell_tree(WriteContext& context, const UserRow& user, const RemotePath& from, const RemotePath& to,
               const NodeRow& node, bool replaced) {
  if (node.kind == Kind::kFolder) {
    context.tell_tree({0, user.id, TreeOp::kRename, from.bytes(), 0, {}, to.bytes()});
    return;
  }
  const auto version = context.objects.find_version(node.version);
  if (node.kind != Kind::kLink || replaced) {
    context.tell_tree(shown_in_tree(user, to.bytes(), node.kind, version ? version->object : 0, node.sha256));
  }
  if (node.kind != Kind::kLink) context.tell_tree({0, user.id, TreeOp::kRemove, from.bytes(), 0, {}, {}});
}

Result<Placed> move_now(WriteContext& context, UserRow& user, const Actor& actor, const MoveRequest& request,
                        bool is_light) {
  const auto source = find_source(context, user, request, Transfer::kMove);
  if (!source) return std::unexpected(source.error());
  const auto path = choose_destination(context, user, request);
  if (!path) return std::unexpected(path.error());
  const auto place = context.locate(user, *path);
  const auto& node = *source->node;
  if (auto checked = check_destination(request, node, *path, place, Transfer::kMove); !checked) {
    return std::unexpected(std::move(checked.error()));
  }
  const bool over_folder = place.node && place.node->kind == Kind::kFolder;
  if (over_folder && context.totals.of(place.node->id) != Totals{}) {
    return fail(ErrorCode::kConflict, shown_name(path->bytes()) + " is a folder that is not empty; nothing was moved");
  }
  if (is_light && takes_long_to_measure(context, node, *path)) {
    return fail(ErrorCode::kBusy, shown_name(request.from.bytes()) + " has grown while its move waited; try again",
                true);
  }
  if (auto fits = check_reach(context, node, *path); !fits) return std::unexpected(std::move(fits.error()));
  make_room(context, user, actor, *path, place);
  move_node(context, node, {source->folder, request.from.name()}, {place.folder, path->name()});
  context.touch(user);
  tell_tree(context, user, request.from, *path, node, place.node.has_value());
  return Placed{++user.change, path->bytes()};
}

}  // namespace

Result<Placed> move_path(WriteContext& context, const Actor& actor, const MoveRequest& request, bool is_light) {
  const Asked asked{actor, request.request_id, RequestKind::kMove};
  auto answered = find_placed(context, asked);
  if (!answered) return std::unexpected(std::move(answered.error()));
  if (*answered) return std::move(**answered);
  auto* user = context.user(actor.user);
  if (user == nullptr) return fail(ErrorCode::kNotAllowed, kNoSuchUser);
  auto placed = move_now(context, *user, actor, request, is_light);
  if (placed) remember_placed(context, asked, *placed);
  return placed;
}

}  // namespace ndisk::storage
