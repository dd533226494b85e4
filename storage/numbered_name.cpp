#include "storage/numbered_name.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>

namespace ndisk::storage {
namespace {

constexpr mode_t kMode = 0600;

// 0: it is another's.
std::int64_t number_of(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return 0;
  name.remove_prefix(prefix.size());
  if (!name.starts_with('.')) return 0;
  name.remove_prefix(1);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  const bool is_number = error == std::errc() && end == name.data() + name.size() && number > 0;
  return is_number && std::to_string(number) == name ? number : 0;
}

}  // namespace

DiskResult<std::vector<std::int64_t>> numbers_of_names(FileLayer& files, int folder, std::string_view prefix) {
  std::vector<std::int64_t> numbers;
  const auto visited = files.visit_names(folder, [&](const std::string& name) {
    if (const auto number = number_of(name, prefix); number != 0) numbers.push_back(number);
    return true;
  });
  if (!visited) return std::unexpected(visited.error());
  return numbers;
}

DiskResult<std::int64_t> NumberedName::load() {
  const auto numbers = numbers_of_names(files_, folder_, prefix_);
  if (!numbers) return std::unexpected(numbers.error());
  for (const auto number : *numbers) number_ = std::max(number_, number);
  return number_;
}

// Somebody may have removed the file.
DiskResult<> NumberedName::set(std::int64_t number) {
  if (number_ != 0) {
    auto renamed = files_.rename(folder_, name_of(number_), folder_, name_of(number));
    if (renamed) number_ = number;
    if (renamed || renamed.error().number != ENOENT) return renamed;
  }
  auto made = files_.open(folder_, name_of(number), O_WRONLY | O_CREAT, kMode);
  if (!made) return std::unexpected(made.error());
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

DiskResult<bool> NumberedName::remove_others() {
  const auto numbers = numbers_of_names(files_, folder_, prefix_);
  if (!numbers) return std::unexpected(numbers.error());
  bool is_changed = false;
  for (const auto number : *numbers) {
    if (number == number_) continue;
    if (auto gone = files_.remove_file(folder_, name_of(number)); !gone) return std::unexpected(gone.error());
    is_changed = true;
  }
  return is_changed;
}

}  // namespace ndisk::storage
