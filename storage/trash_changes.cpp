#include "storage/trash_changes.hpp"

#include "common/shown_name.hpp"
#include "storage/answers.hpp"
#include "storage/node_moves.hpp"
#include "storage/purge.hpp"
#include "storage/version_reuse.hpp"

namespace ndisk::storage {
namespace {

// At most `size` bytes from the front, and no character in halves where it is UTF-8.
std::string_view cut(std::string_view text, std::size_t size) {
  constexpr std::size_t kLongestCharacter = 4;
  if (text.size() <= size) return text;
  const auto continues = [&](std::size_t at) { return (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80; };
  for (auto end = size; end > 0 && size - end < kLongestCharacter; --end) {
    if (!continues(end)) return text.substr(0, end);
  }
  return text.substr(0, size);
}

// The name that is free, the nearest to the one that is wanted.
std::string free_name(WriteContext& context, const Place& place, std::string_view wanted, Kind kind) {
  if (!place.node) return std::string(wanted);
  return restored_name(wanted, kind, free_number([&](std::uint64_t number) {
                         return context.nodes.find(place.folder, restored_name(wanted, kind, number)).has_value();
                       }));
}

// A link has no place in the tree, but folders that came with it have one.
void tell_tree(WriteContext& context, const UserRow& user, const NodeRow& node, const RemotePath& path) {
  if (node.kind == Kind::kFolder) return context.tell_tree_all(user.id, node.id, path.bytes());
  if (node.kind == Kind::kLink) {
    if (!path.parent().is_root()) {
      context.tell_tree({0, user.id, TreeOp::kMakeFolder, path.parent().bytes(), 0, {}, {}});
    }
    return;
  }
  const auto version = context.objects.find_version(node.version);
  if (version) context.tell_tree(shown_in_tree(user, path.bytes(), node.kind, version->object, node.sha256));
}

Result<void> check_way(const RemotePath& to, const Place& place) {
  if (to.is_root()) return fail(ErrorCode::kInvalid, "/ is the drive itself; name what is to be in it");
  if (place.parent_is_file) {
    return fail(ErrorCode::kNotFolder, shown_name(to.bytes()) + " can't be: '" +
                                           shown_name(place.parts[place.existing]) +
                                           "' on the way is a file by now; restore to another path");
  }
  return {};
}

}  // namespace

std::uint64_t free_number(const std::function<bool(std::uint64_t)>& is_taken) {
  constexpr std::uint64_t kOneByOne = 16;
  std::uint64_t taken = 0;
  for (; taken < kOneByOne; ++taken) {
    if (!is_taken(taken + 1)) return taken + 1;
  }
  auto free = 2 * taken;
  for (; is_taken(free); free *= 2) taken = free;
  while (free - taken > 1) {
    const auto middle = taken + (free - taken) / 2;
    (is_taken(middle) ? taken : free) = middle;
  }
  return free;
}

std::string restored_name(std::string_view name, Kind kind, std::uint64_t number) {
  const auto mark = number == 1 ? std::string(" (restored)") : " (restored " + std::to_string(number) + ")";
  auto dot = kind == Kind::kFolder ? name.npos : name.rfind('.');
  const bool is_extension = dot != name.npos && dot > 0 && name.size() - dot + mark.size() < kMaxComponentBytes;
  if (!is_extension) dot = name.size();
  const auto extension = name.substr(dot);
  const auto stem = cut(name.substr(0, dot), kMaxComponentBytes - mark.size() - extension.size());
  return std::string(stem).append(mark).append(extension);
}

Result<Placed> put_back(WriteContext& context, UserRow& user, const TrashRow& item, const RemotePath& to) {
  const auto place = context.locate(user, to);
  if (auto checked = check_way(to, place); !checked) return std::unexpected(std::move(checked.error()));
  const auto node = context.nodes.find(user.trash, NodeTable::trash_name(item.node));
  if (!node) return fail(ErrorCode::kIntegrity, "the trash names something that the catalog does not have");
  const auto name = free_name(context, place, to.name(), node->kind);
  const auto path = to.parent().child(name);
  if (!path) return std::unexpected(path.error());
  if (auto fits = check_reach(context, *node, *path); !fits) return std::unexpected(std::move(fits.error()));
  const auto folder = place.has_all_parents() ? place.folder : context.make_parents(user, *path, place);
  attach_node(context, user, *node, {folder, name});
  TrashTable(context.database).remove(item.id);
  tell_tree(context, user, *node, *path);
  context.touch(user);
  return Placed{++user.change, path->bytes()};
}

Result<Placed> restore_from_trash(WriteContext& context, const Actor& actor, const RequestId& request_id,
                                  std::uint64_t id, const std::optional<RemotePath>& to) {
  const Asked asked{actor, request_id, RequestKind::kRestoreTrash};
  auto answered = find_placed(context, asked);
  if (!answered) return std::unexpected(std::move(answered.error()));
  if (*answered) return std::move(**answered);
  auto* user = context.user(actor.user);
  if (user == nullptr) return fail(ErrorCode::kNotAllowed, kNoSuchUser);
  const auto item = TrashTable(context.database).find(user->id, id);
  if (!item) {
    return fail(ErrorCode::kNotFound, "there is no " + std::to_string(id) + " in the trash; ndisk trash list shows it");
  }
  const auto where = to ? Result<RemotePath>(*to) : RemotePath::from_wire(item->path);
  if (!where) return std::unexpected(where.error());
  auto placed = put_back(context, *user, *item, *where);
  if (placed) remember_placed(context, asked, *placed);
  return placed;
}

Result<Emptied> empty_trash(WriteContext& context, const Actor& actor, const EmptyTrashRequest& request) {
  const auto answered = find_answer(context, {actor, request.request_id, RequestKind::kEmptyTrash});
  if (!answered) return std::unexpected(answered.error());
  if (*answered) return Emptied{(*answered)->result.change, (*answered)->result.size};
  auto* user = context.user(actor.user);
  if (user == nullptr) return fail(ErrorCode::kNotAllowed, kNoSuchUser);
  TrashTable trash(context.database);
  Emptied emptied;
  if (request.ids.empty()) emptied.count = trash.remove_all(user->id, request.removed_before, kNoParent);
  for (const auto id : request.ids) {
    const auto item = trash.find(user->id, id);
    if (!item || (request.removed_before && item->removed >= *request.removed_before)) continue;
    doom_item(context, *item);
    ++emptied.count;
  }
  if (emptied.count > 0) ++user->change;
  context.touch(*user);
  emptied.change = user->change;
  RequestRow row;
  row.kind = RequestKind::kEmptyTrash;
  row.result.change = emptied.change;
  row.result.size = emptied.count;
  context.requests.insert(actor.device, request.request_id, row, context.now());
  return emptied;
}

}  // namespace ndisk::storage
