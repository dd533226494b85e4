#include "storage/node_places.hpp"

#include "storage/table_nodes.hpp"

namespace ndisk::storage {
namespace {

std::string join(const std::string& above, const std::string& below) {
  if (above.empty() || below.empty()) return above + below;
  return above + '/' + below;
}

}  // namespace

NodePlaces::NodePlaces(Database& database) : database_(database) {
  auto query = database_.query("SELECT id, name, root, trash FROM users WHERE name NOT LIKE 'removed:%'");
  while (query.step()) {
    roots_[query.integer(2)] = {query.integer(0), query.bytes(1), false};
    roots_[query.integer(3)] = {query.integer(0), query.bytes(1), true};
  }
}

std::optional<NodePlace> NodePlaces::find_unnamed(std::int64_t node) {
  NodePlace place;
  auto root = roots_.end();
  const bool has_end = NodeTable(database_).climb(node, [&](const std::string& name, std::int64_t parent) {
    root = roots_.find(parent);
    place.in_trash = root != roots_.end() && root->second.is_trash;
    if (!place.in_trash) place.path = join(name, place.path);
    if (root == roots_.end()) node = parent;
    return root == roots_.end();
  });
  if (!has_end || root == roots_.end()) return std::nullopt;
  place.user_id = root->second.user_id;
  place.user = root->second.user;
  if (place.in_trash) place.item = node;
  return place;
}

void NodePlaces::name(const std::vector<NodePlace*>& places) {
  std::multimap<std::int64_t, NodePlace*> unnamed;
  for (auto* place : places) {
    if (place->in_trash) unnamed.emplace(place->item, place);
  }
  if (unnamed.empty()) return;
  auto items = database_.query("SELECT node, path FROM trash WHERE node BETWEEN ? AND ?", unnamed.begin()->first,
                               unnamed.rbegin()->first);
  while (items.step()) {
    const auto [first, last] = unnamed.equal_range(items.integer(0));
    for (auto one = first; one != last; ++one) one->second->path = join(items.bytes(1), one->second->path);
    unnamed.erase(first, last);
  }
}

std::optional<NodePlace> NodePlaces::find(std::int64_t node) {
  auto place = find_unnamed(node);
  if (!place || !place->in_trash) return place;
  auto item = database_.query("SELECT path FROM trash WHERE user = ? AND node = ?", place->user_id, place->item);
  if (item.step()) place->path = join(item.bytes(0), place->path);
  return place;
}

std::optional<NodePlace> NodePlaces::find_in_drive(std::int64_t node) {
  auto place = find_unnamed(node);
  if (place && place->in_trash) return std::nullopt;
  return place;
}

std::optional<NodePlace> NodePlaces::find_folder(std::int64_t folder) {
  const auto root = roots_.find(folder);
  if (root != roots_.end()) {
    if (root->second.is_trash) return std::nullopt;
    return NodePlace{root->second.user_id, root->second.user, "", false};
  }
  return find_in_drive(folder);
}

}  // namespace ndisk::storage
