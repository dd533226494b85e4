#include "client/remote/listing_order.hpp"

#include "client/remote/tree_order.hpp"
#include "common/path_parts.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

std::unexpected<Error> broken(std::string_view path, std::string_view rule) {
  return fail(ErrorCode::kProtocol, "the server listed " + shown_name(path) + " " + std::string(rule));
}

}  // namespace

Result<void> ListingOrder::check(std::string_view path, bool is_folder) {
  if (compare_in_tree(last_, path) >= 0) return broken(path, "out of order");
  const auto parent = parent_path(path);
  if (shape_ == Shape::kOneFolder && !parent.empty()) return broken(path, "in a listing of one folder");
  const bool has_parent = parent.empty() || is_below(last_, parent) || (last_is_folder_ && parent == last_);
  if (shape_ == Shape::kTree && !has_parent) return broken(path, "below what is no folder");
  last_ = path;
  last_is_folder_ = is_folder;
  page_begins_after_file_ = false;
  return {};
}

bool ListingOrder::is_overtaken(std::string_view path) const {
  return shape_ == Shape::kTree && page_begins_after_file_ && is_below(path, last_);
}

}  // namespace ndisk::client
