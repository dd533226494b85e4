#include "storage/object_ids.hpp"

namespace ndisk::storage {
namespace {

constexpr std::int64_t kBlock = 65'536;

Result<std::int64_t> take_block(WriteContext& context) {
  auto query =
      context.database.query("UPDATE counters SET value = value + ? WHERE name = 'object' RETURNING value", kBlock);
  if (!query.step()) return fail(ErrorCode::kIntegrity, "the catalog has lost its counter of objects");
  const auto end = query.integer(0);
  while (query.step()) {
  }
  return end;
}

}  // namespace

Result<void> ObjectIds::start() {
  const std::scoped_lock lock(mutex_);
  auto reserved = reserve();
  first_ = next_;
  return reserved;
}

Result<std::int64_t> ObjectIds::next() {
  const std::scoped_lock lock(mutex_);
  if (next_ == end_) {
    if (auto reserved = reserve(); !reserved) return std::unexpected(std::move(reserved.error()));
  }
  return next_++;
}

std::int64_t ObjectIds::next_of_this_run() {
  const std::scoped_lock lock(mutex_);
  return next_;
}

Result<void> ObjectIds::renew() {
  const std::scoped_lock lock(mutex_);
  return reserve();
}

Result<void> ObjectIds::reserve() {
  auto end = queue_.run_upkeep<std::int64_t>(take_block);
  if (!end) return std::unexpected(std::move(end.error()));
  next_ = *end - kBlock;
  end_ = *end;
  return {};
}

}  // namespace ndisk::storage
