#include "storage/check_place.hpp"

#include "storage/counters.hpp"

namespace ndisk::storage {
namespace {

struct Names {
  const char* next;
  const char* bytes;
};

Names names_of(CheckPurpose purpose) {
  if (purpose == CheckPurpose::kScrub) return {"scrub_next", kScrubBytes};
  return {"fsck_next", "fsck_bytes"};
}

}  // namespace

Result<CheckPlace> load_place(Catalog& catalog, CheckPurpose purpose) {
  return catalog.read([&](Database& database) -> Result<CheckPlace> {
    const auto names = names_of(purpose);
    const auto bytes = find_counter(database, names.bytes).value_or(0);
    return CheckPlace{find_counter(database, names.next).value_or(0), static_cast<std::uint64_t>(bytes)};
  });
}

Result<void> store_place(CommitQueue& queue, CheckPurpose purpose, const CheckPlace& place) {
  return queue.run_upkeep<void>([&](WriteContext& context) -> Result<void> {
    const auto names = names_of(purpose);
    set_counter(context.database, names.next, place.next);
    set_counter(context.database, names.bytes, static_cast<std::int64_t>(place.bytes));
    return {};
  });
}

Result<void> note_begin(CommitQueue& queue, CheckPurpose purpose) {
  if (purpose != CheckPurpose::kScrub) return {};
  return queue.run_upkeep<void>([](WriteContext& context) -> Result<void> {
    if (!find_counter(context.database, kScrubStarted)) {
      set_counter(context.database, kScrubStarted, context.now());
    }
    return {};
  });
}

Result<void> note_end(CommitQueue& queue, CheckPurpose purpose) {
  return queue.run_upkeep<void>([&](WriteContext& context) -> Result<void> {
    const auto names = names_of(purpose);
    remove_counter(context.database, names.next);
    remove_counter(context.database, names.bytes);
    if (purpose != CheckPurpose::kScrub) return {};
    remove_counter(context.database, kScrubStarted);
    set_counter(context.database, kScrubEnded, context.now());
    return {};
  });
}

}  // namespace ndisk::storage
