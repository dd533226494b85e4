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

// The one that was given is the one that the catalog has, at the place that it says.
void check_receipt(World& world, const std::string& step) {
  const auto given = world.receipts.find(step);
  REQUIRE(given != world.receipts.end());
  const auto state = world.drive->receipt_state(world.actor, given->second.sequence);
  REQUIRE(state);
  REQUIRE(state->sha256);
  CHECK(*state->sha256 == sha256(as_bytes(receipt_text(given->second))));
  if (given->second.sequence == 1) return;
  const auto before = world.drive->receipt_state(world.actor, given->second.sequence - 1);
  REQUIRE(before);
  CHECK(before->sha256 == given->second.previous);
}

}  // namespace

Step put_with_receipt(const std::string& path, const std::string& content) {
  auto step = put(path, content);
  step.name = "put with a receipt " + path + " of " + std::to_string(content.size());
  const auto name = step.name;
  step.begin = [=](World& world) {
    auto end = std::make_shared<std::promise<Result<void>>>();  // shared: a completion must be movable
    auto future = end->get_future();
    if (!world.drive) {
      end->set_value(fail(ErrorCode::kIo, "the drive is not open"));
      return future;
    }
    auto file = world.small(path, storage::to_bytes(content));
    file.request_id = request_of(world, name);
    file.receipt = true;
    world.drive->put_small(world.actor, std::move(file), [end, &world, name](Result<storage::Committed> done) {
      if (done && !done->receipt) done = fail(ErrorCode::kInternal, "no receipt was given");
      if (done) world.receipts[name] = *done->receipt;
      end->set_value(done ? Result<void>() : std::unexpected(done.error()));
    });
    return future;
  };
  step.apply = [with_file = step.apply](const Holding& holding) {
    auto after = with_file(holding);
    after->emplace(in_receipts(receipts_in(holding) + 1), "");
    return after;
  };
  step.check = [name](World& world, const Holding&, const Holding&, bool succeeded) {
    if (succeeded) check_receipt(world, name);
  };
  return step;
}

}  // namespace ndisk::faults
