// Uploads for which the server gives its word.
#include "tests/faults/steps.hpp"

namespace ndisk::faults {
namespace {

std::string in_receipts(std::uint64_t number) { return "receipt:/" + std::to_string(number); }

std::uint64_t receipts_in(const Holding& holding) {
  std::uint64_t count = 0;
  while (holding.contains(in_receipts(count + 1))) ++count;
  return count;
}

void check_receipt(World& world, const Receipt& given) {
  INFO("receipt " << given.sequence);
  const auto state = world.drive->receipt_state(world.actor, given.sequence);
  REQUIRE(state);
  CHECK(state->sha256 == sha256(as_bytes(receipt_text(given))));
  if (given.sequence == 1) {
    CHECK(given.previous == Digest{});
    return;
  }
  const auto before = world.drive->receipt_state(world.actor, given.sequence - 1);
  REQUIRE(before);
  CHECK(before->sha256 == given.previous);
}

}  // namespace

void check_receipts(World& world) {
  for (const auto& [step, receipt] : world.receipts) check_receipt(world, receipt);
}

Step put_with_receipt(const std::string& path, const std::string& content) {
  auto step = put(path, content);
  const auto name = step.name = "put with a receipt " + path + " of " + std::to_string(content.size());
  step.begin = [=](World& world) {
    if (!world.drive) return ended(fail(ErrorCode::kIo, "the drive is not open"));
    auto file = world.small(path, storage::to_bytes(content));
    file.request_id = request_of(world, name);
    file.receipt = true;
    std::promise<Result<void>> end;
    auto future = end.get_future();
    world.drive->put_small(world.actor, std::move(file),
                           [end = std::move(end), &world, name](Result<storage::Committed> done) mutable {
                             if (done && !done->receipt) done = fail(ErrorCode::kInternal, "no receipt was given");
                             if (done) world.receipts[name] = *done->receipt;
                             end.set_value(done ? Result<void>() : std::unexpected(done.error()));
                           });
    return future;
  };
  step.apply = [with_file = step.apply](const Holding& holding) {
    auto after = with_file(holding);
    after->emplace(in_receipts(receipts_in(holding) + 1), "");
    return after;
  };
  step.check = [](World& world, const Holding&, const Holding&, bool) { check_receipts(world); };
  return step;
}

}  // namespace ndisk::faults
