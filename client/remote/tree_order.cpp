#include "client/remote/tree_order.hpp"

#include <algorithm>

#include "common/remote_path.hpp"

namespace ndisk::client {

std::strong_ordering compare_in_tree(std::string_view a, std::string_view b) {
  const auto both = std::min(a.size(), b.size());
  const auto at = static_cast<std::size_t>(
      std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(both), b.begin()).first - a.begin());
  if (at == both) return a.size() <=> b.size();
  // A '/' ends a name, so it comes before every byte of a longer one.
  if (a[at] == '/') return std::strong_ordering::less;
  if (b[at] == '/') return std::strong_ordering::greater;
  return static_cast<unsigned char>(a[at]) <=> static_cast<unsigned char>(b[at]);
}

std::string just_before(std::string_view path) {
  std::string before(path);
  auto last = static_cast<unsigned char>(before.back());
  before.pop_back();
  if (--last == '/') --last;
  if (last == 0) {
    if (before.ends_with('/')) before.pop_back();
    return before;
  }
  before.push_back(static_cast<char>(last));
  const auto slash = before.rfind('/');
  const auto name_bytes = before.size() - (slash == before.npos ? 0 : slash + 1);
  const auto room = std::min(kMaxComponentBytes - name_bytes, kMaxPathBytes - before.size());
  before.append(room, '\xFF');
  // The names "." and ".." can't be.
  if (before.ends_with("/.") || before == "." || before.ends_with("/..") || before == "..") before.pop_back();
  if (before.ends_with('/')) before.pop_back();
  return before;
}

}  // namespace ndisk::client
