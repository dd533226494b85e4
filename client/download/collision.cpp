#include "client/download/collision.hpp"

#include "client/remote/tree_order.hpp"
#include "common/remote_path.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

constexpr unsigned kMostNumbers = 10'000;

std::size_t name_starts(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == path.npos ? 0 : slash + 1;
}

// Where a name's extension begins; its end if it has none. A leading dot makes none.
std::size_t extension_starts(std::string_view name) {
  const auto dot = name.rfind('.');
  return dot == name.npos || dot == 0 ? name.size() : dot;
}

}  // namespace

std::optional<std::string> CollisionPlan::name_for(const std::string& path) const {
  const auto found = names_.find(path);
  if (found == names_.end()) return path.substr(name_starts(path));
  if (found->second.empty()) return std::nullopt;
  return found->second;
}

Result<std::optional<CollidingName>> CollisionPlanner::add(const std::string& path, bool is_folder) {
  if (left_out_ && is_below(path, *left_out_)) return std::nullopt;
  while (!open_.empty() && !is_below(path, open_.back())) {
    disk_.leave();
    open_.pop_back();
  }
  const auto start = name_starts(path);
  const auto name = path.substr(start);
  auto holder = disk_.claim(name);
  if (!holder) return std::unexpected(holder.error());
  std::optional<CollidingName> colliding;
  if (*holder) {
    if (++count_ > kMaxCollisions) {
      return fail(ErrorCode::kConflict, "this disk can't hold more than " + std::to_string(kMaxCollisions) +
                                            " of these names apart; get them onto one that tells case apart");
    }
    colliding = {.path = path, .holder = (*holder)->empty() ? "" : path.substr(0, start) + **holder, .name = {}};
    if (how_ != Collision::kRename) {
      left_out_ = path;
      return colliding;
    }
    auto free = free_name(name, is_folder);
    if (!free) return std::unexpected(free.error());
    colliding->name = std::move(*free);
  }
  if (is_folder) {
    if (auto entered = disk_.enter(colliding ? colliding->name : name); !entered)
      return std::unexpected(entered.error());
    open_.push_back(path);
  }
  return colliding;
}

Result<std::string> CollisionPlanner::free_name(std::string_view name, bool is_folder) {
  for (unsigned number = 2; number < kMostNumbers; ++number) {
    auto candidate = numbered_name(name, is_folder, number);
    const auto holder = disk_.claim(candidate);
    if (!holder) return std::unexpected(holder.error());
    if (!*holder) return candidate;
  }
  return fail(ErrorCode::kConflict, shown_name(name) + ": too many names that this disk takes for the same");
}

std::string numbered_name(std::string_view name, bool is_folder, unsigned number) {
  const auto split = is_folder ? name.size() : extension_starts(name);
  auto extension = std::string(name.substr(split));
  const auto added = " (" + std::to_string(number) + ")";
  auto stem = name.substr(0, split);
  if (extension.size() + added.size() >= kMaxComponentBytes) extension.clear();
  const auto room = kMaxComponentBytes - extension.size() - added.size();
  if (stem.size() > room) {
    // Back to where a character of UTF-8 begins.
    auto end = room;
    while (end > 1 && (static_cast<unsigned char>(stem[end]) & 0xC0) == 0x80) --end;
    stem = stem.substr(0, end);
  }
  return std::string(stem) + added + extension;
}

}  // namespace ndisk::client
