#include "storage/numbered_name.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>

namespace ndisk::storage {
namespace {

constexpr mode_t kMode = 0600;

}  // namespace

// 0: it is another's.
std::int64_t NumberedName::number_of(std::string_view name) const {
  if (!name.starts_with(prefix_)) return 0;
  name.remove_prefix(prefix_.size());
  if (!name.starts_with('.')) return 0;
  name.remove_prefix(1);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  return error == std::errc() && end == name.data() + name.size() && number > 0 ? number : 0;
}

DiskResult<std::int64_t> NumberedName::load() {
  const auto visited = files_.visit_names(folder_, [&](const std::string& name) {
    number_ = std::max(number_, number_of(name));
    return true;
  });
  if (!visited) return std::unexpected(visited.error());
  return number_;
}

DiskResult<> NumberedName::set(std::int64_t number) {
  if (number_ == 0) {
    auto made = files_.open(folder_, name_of(number), O_WRONLY | O_CREAT, kMode);
    if (!made) return std::unexpected(made.error());
  } else if (auto renamed = files_.rename(folder_, name_of(number_), folder_, name_of(number)); !renamed) {
    return renamed;
  }
  number_ = number;
  return {};
}

DiskResult<> NumberedName::remove() {
  if (number_ == 0) return {};
  auto removed = files_.remove_file(folder_, name_of(number_));
  if (!removed && removed.error().number != ENOENT) return removed;
  number_ = 0;
  return {};
}

}  // namespace ndisk::storage
