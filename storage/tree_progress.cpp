#include "storage/tree_progress.hpp"

#include <cerrno>
#include <charconv>
#include <limits>

namespace ndisk::storage {
namespace {

constexpr std::string_view kPrefix = "tree-progress.";
constexpr auto kLost = std::numeric_limits<std::int64_t>::max();
constexpr mode_t kMode = 0600;

std::string name_of(std::int64_t number) { return std::string(kPrefix) + std::to_string(number); }

// 0: it is another's.
std::int64_t number_of(std::string_view name) {
  if (!name.starts_with(kPrefix)) return 0;
  name.remove_prefix(kPrefix.size());
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  return error == std::errc() && end == name.data() + name.size() && number > 0 ? number : 0;
}

}  // namespace

DiskResult<std::int64_t> TreeProgress::load() {
  const auto visited = files_.visit_names(folder_, [&](const std::string& name) {
    noted_ = std::max(noted_, number_of(name));
    return true;
  });
  if (!visited) return std::unexpected(visited.error());
  return noted_;
}

DiskResult<> TreeProgress::note(std::int64_t number) {
  if (lost_) number = kLost;
  if (number == noted_ || number <= 0 || noted_ == kLost) return {};
  if (noted_ == 0) {
    auto made = files_.open(folder_, name_of(number), O_WRONLY | O_CREAT, kMode);
    if (!made) return std::unexpected(made.error());
  } else if (auto renamed = files_.rename(folder_, name_of(noted_), folder_, name_of(number)); !renamed) {
    return renamed;
  }
  noted_ = number;
  return {};
}

DiskResult<> TreeProgress::note_lost() {
  lost_ = true;
  return noted_ == 0 ? DiskResult<>() : note(kLost);
}

DiskResult<> TreeProgress::forget() {
  lost_ = false;
  if (noted_ == 0) return {};
  auto removed = files_.remove_file(folder_, name_of(noted_));
  if (!removed && removed.error().number != ENOENT) return removed;
  noted_ = 0;
  return {};
}

}  // namespace ndisk::storage
