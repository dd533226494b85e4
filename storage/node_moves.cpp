#include "storage/node_moves.hpp"

#include "common/shown_name.hpp"
#include "storage/change_weight.hpp"

namespace ndisk::storage {
namespace {

void count(WriteContext& context, UserRow& user, std::int64_t folder, const TotalsChange& change) {
  context.totals.add(folder, change);
  user.files += static_cast<std::uint64_t>(change.files);
  user.bytes += static_cast<std::uint64_t>(change.bytes);
}

// What was added below it goes to those above it while they still are.
void prepare_move(WriteContext& context, const NodeRow& node) {
  if (node.kind != Kind::kFolder) return;
  context.totals.settle();
  context.forget_folders();
}

bool has_exact_reach(WriteContext& context, const NodeRow& node) {
  return node.kind != Kind::kFolder || context.totals.reach_is_exact(node.id);
}

bool fits(const RemotePath& path, std::uint64_t reach) { return path.bytes().size() + 1 + reach <= kMaxPathBytes; }

}  // namespace

TotalsChange weight_of(WriteContext& context, const NodeRow& node, std::string_view name) {
  if (node.kind != Kind::kFolder) return {1, 0, static_cast<std::int64_t>(node.size), name.size()};
  const auto below = context.totals.of(node.id);
  const auto reach = context.totals.reach_of(node.id);
  return {static_cast<std::int64_t>(below.files), static_cast<std::int64_t>(below.folders) + 1,
          static_cast<std::int64_t>(below.bytes), name.size() + (reach > 0 ? reach + 1 : 0)};
}

Result<void> check_reach(WriteContext& context, const NodeRow& node, const RemotePath& path) {
  if (node.kind != Kind::kFolder) return {};
  if (fits(path, context.totals.reach_of(node.id)) || fits(path, context.totals.measure_reach(node.id))) return {};
  return fail(ErrorCode::kInvalid, shown_name(path.bytes()) +
                                       ": what is below it would get too long a path, 4096 bytes is the most; choose "
                                       "a shorter one");
}

bool takes_long_to_measure(WriteContext& context, const NodeRow& node, const RemotePath& path) {
  if (node.kind != Kind::kFolder || fits(path, context.totals.reach_of(node.id))) return false;
  return !context.totals.reach_is_exact(node.id) && holds_many(context.database, node.id);
}

void insert_node(WriteContext& context, UserRow& user, const Spot& spot, const NodeRow& node) {
  context.nodes.insert(spot.folder, spot.name, node);
  if (node.kind == Kind::kFolder) {
    context.totals.begin(node.id);
    context.totals.add(spot.folder, {0, 1, 0, spot.name.size()});
  } else {
    count(context, user, spot.folder, {1, 0, static_cast<std::int64_t>(node.size), spot.name.size()});
  }
}

void grow_file(WriteContext& context, UserRow& user, std::int64_t folder, std::uint64_t from, std::uint64_t to) {
  count(context, user, folder, {0, 0, static_cast<std::int64_t>(to - from), 0});
}

void remove_empty_folder(WriteContext& context, const NodeRow& node, const Spot& spot) {
  context.totals.end(node.id);
  context.nodes.remove(spot.folder, spot.name);
  context.totals.add(spot.folder, {0, -1, 0, 0});
  context.forget_folders();
}

void move_node(WriteContext& context, const NodeRow& node, const Spot& from, const Spot& to) {
  prepare_move(context, node);
  const auto weight = weight_of(context, node, to.name);
  const bool is_exact = has_exact_reach(context, node);
  context.nodes.move(from.folder, from.name, to.folder, to.name);
  context.totals.add(from.folder, -weight);
  context.totals.add(to.folder, weight);
  if (!is_exact) context.totals.note_inexact(to.folder);
}

TotalsChange detach_node(WriteContext& context, UserRow& user, const NodeRow& node, const Spot& from) {
  prepare_move(context, node);
  const auto weight = weight_of(context, node, from.name);
  context.nodes.move(from.folder, from.name, user.trash, NodeTable::trash_name(node.id));
  count(context, user, from.folder, -weight);
  return weight;
}

void attach_node(WriteContext& context, UserRow& user, const NodeRow& node, const Spot& to) {
  prepare_move(context, node);
  const auto weight = weight_of(context, node, to.name);
  const bool is_exact = has_exact_reach(context, node);
  context.nodes.move(user.trash, NodeTable::trash_name(node.id), to.folder, to.name);
  count(context, user, to.folder, weight);
  if (!is_exact) context.totals.note_inexact(to.folder);
}

}  // namespace ndisk::storage
