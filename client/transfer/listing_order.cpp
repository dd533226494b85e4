#include "client/transfer/listing_order.hpp"

#include <algorithm>

#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

// Where the two part, and whether that is in walk order: a '/' ends a name, so it is less than any byte of one.
unsigned rank(char byte) { return byte == '/' ? 0 : static_cast<unsigned char>(byte); }

std::string_view parent_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == path.npos ? std::string_view() : path.substr(0, slash);
}

bool is_above(std::string_view folder, std::string_view path) {
  return folder.empty() || (path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/');
}

std::unexpected<Error> broken(std::string_view path, std::string_view rule) {
  return fail(ErrorCode::kProtocol, "the server listed " + shown_name(path) + " " + std::string(rule));
}

}  // namespace

bool comes_before(std::string_view path, std::string_view other) {
  return std::ranges::lexicographical_compare(path, other, {}, rank, rank);
}

Result<void> ListingOrder::check(std::string_view path, bool is_folder) {
  if (!last_.empty() && !comes_before(last_, path)) return broken(path, "out of order");
  const auto parent = parent_of(path);
  if (shape_ == Shape::kOneFolder && !parent.empty()) return broken(path, "in a listing of one folder");
  const bool has_parent = is_above(parent, last_) || (last_is_folder_ && parent == last_);
  if (shape_ == Shape::kTree && !has_parent) return broken(path, "below what is no folder");
  last_ = path;
  last_is_folder_ = is_folder;
  return {};
}

}  // namespace ndisk::client
