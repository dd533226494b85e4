#include "storage/tree_progress.hpp"

#include <limits>

namespace ndisk::storage {
namespace {

constexpr auto kLost = std::numeric_limits<std::int64_t>::max();

}  // namespace

DiskResult<> TreeProgress::note(std::int64_t number) {
  if (lost_) number = kLost;
  const auto noted = name_.number();
  if (number == noted || number <= 0 || noted == kLost) return {};
  return name_.set(number);
}

DiskResult<> TreeProgress::note_lost() {
  lost_ = true;
  return name_.number() == 0 ? DiskResult<>() : note(kLost);
}

DiskResult<> TreeProgress::forget() {
  lost_ = false;
  return name_.remove();
}

}  // namespace ndisk::storage
