#include "client/commands/find_filter.hpp"

#include <algorithm>

#include "common/glob.hpp"

namespace ndisk::client {
namespace {

wire::Kind kind_of(FindKind kind) {
  switch (kind) {
    case FindKind::kFile: return wire::FILE;
    case FindKind::kFolder: return wire::FOLDER;
    case FindKind::kLink: return wire::LINK;
  }
  return wire::FILE;
}

bool is_empty(const wire::Entry& entry) {
  if (entry.kind() != wire::FOLDER) return entry.size() == 0;
  return entry.totals().files() == 0 && entry.totals().folders() == 0;
}

}  // namespace

std::optional<wire::Filter> find_filter(const FindOptions& options) {
  wire::Filter filter;
  for (const auto& name : options.names) filter.add_names(name);
  for (const auto kind : options.kinds) filter.add_kinds(kind_of(kind));
  if (options.min_size) filter.set_min_size(*options.min_size);
  if (options.max_size) filter.set_max_size(*options.max_size);
  if (options.newer_than) filter.set_newer_than_ns(*options.newer_than);
  if (options.older_than) filter.set_older_than_ns(*options.older_than);
  filter.set_empty(options.empty);
  if (filter.ByteSizeLong() == 0) return std::nullopt;
  return filter;
}

bool matches(const wire::Filter& filter, std::string_view name, const wire::Entry& entry) {
  const auto matches_name = [&](const std::string& glob) { return glob_matches(glob, name); };
  if (filter.names_size() > 0 && std::ranges::none_of(filter.names(), matches_name)) return false;
  if (filter.kinds_size() > 0 && std::ranges::find(filter.kinds(), entry.kind()) == filter.kinds().end()) return false;
  const bool has_size_condition = filter.has_min_size() || filter.has_max_size();
  if (has_size_condition && entry.kind() == wire::FOLDER) return false;
  if (filter.has_min_size() && entry.size() < filter.min_size()) return false;
  if (filter.has_max_size() && entry.size() > filter.max_size()) return false;
  const auto mtime = entry.attributes().mtime_ns();
  if (filter.has_newer_than_ns() && mtime <= filter.newer_than_ns()) return false;
  if (filter.has_older_than_ns() && mtime >= filter.older_than_ns()) return false;
  return !filter.empty() || is_empty(entry);
}

}  // namespace ndisk::client
