#include "storage/entry_filter.hpp"

#include <algorithm>

#include "common/glob.hpp"

namespace ndisk::storage {
namespace {

bool has_size(const Filter& filter, const NodeRow& node) {
  if (!filter.min_size && !filter.max_size) return true;
  return node.kind != Kind::kFolder && node.size >= filter.min_size.value_or(0) &&
         node.size <= filter.max_size.value_or(UINT64_MAX);
}

bool has_age(const Filter& filter, const NodeRow& node) {
  const auto mtime = node.attributes.mtime;
  return (!filter.newer_than || mtime > *filter.newer_than) && (!filter.older_than || mtime < *filter.older_than);
}

bool is_empty(const NodeRow& node, const std::optional<Totals>& totals) {
  if (node.kind != Kind::kFolder) return node.size == 0;
  return totals && totals->files + totals->folders == 0;
}

}  // namespace

bool shows(const Filter& filter, std::string_view name, const NodeRow& node, const std::optional<Totals>& totals) {
  if (!filter.kinds.empty() && std::ranges::find(filter.kinds, node.kind) == filter.kinds.end()) return false;
  if (!has_size(filter, node) || !has_age(filter, node)) return false;
  if (filter.empty && !is_empty(node, totals)) return false;
  const auto matches = [&](const std::string& glob) { return glob_matches(glob, name); };
  return filter.names.empty() || std::ranges::any_of(filter.names, matches);
}

bool needs_totals(const Filter& filter, const NodeRow& node) { return filter.empty && node.kind == Kind::kFolder; }

}  // namespace ndisk::storage
