#include "server/session_directory.hpp"

#include <asio/io_context.hpp>

#include "tests/catch.hpp"

namespace ndisk::server {
namespace {

const Error kReason{ErrorCode::kNotAllowed, "revoked", false};

storage::Actor actor(std::int64_t user, std::uint8_t device) { return {user, storage::DeviceId{device}}; }

// Sessions on one thread, which runs when the test says so.
struct Hall {
  asio::io_context context;
  SessionDirectory directory;
  std::vector<std::string> ended;

  SessionDirectory::Place enter(const std::string& name, const storage::Actor& who) {
    auto place = directory.enter(who, directory.endings(), context.get_executor(),
                                 [this, name](const Error& reason) { ended.push_back(name + ": " + reason.message); });
    return std::move(place.value());
  }
};

}  // namespace

TEST_CASE("session directory: counts sessions, of all and of a device, until they leave") {
  Hall hall;
  const auto first = hall.enter("first", actor(1, 1));
  {
    const auto second = hall.enter("second", actor(1, 1)), other = hall.enter("other", actor(1, 2));
    CHECK(hall.directory.size() == 3);
    CHECK(hall.directory.count(storage::DeviceId{1}) == 2);
  }
  CHECK(hall.directory.size() == 1);
  CHECK(hall.directory.count(storage::DeviceId{1}) == 1);
  CHECK(hall.directory.count(storage::DeviceId{2}) == 0);
}

TEST_CASE("session directory: the sessions of a device end, and no others") {
  Hall hall;
  const auto one = hall.enter("one", actor(1, 1)), two = hall.enter("two", actor(1, 2));
  hall.directory.end_sessions_of(storage::DeviceId{2}, kReason);
  hall.context.run();
  CHECK(hall.ended == std::vector<std::string>{"two: revoked"});
}

TEST_CASE("session directory: the sessions of a user end, on all devices") {
  Hall hall;
  const auto one = hall.enter("one", actor(1, 1)), two = hall.enter("two", actor(2, 2)),
             three = hall.enter("three", actor(2, 3));
  hall.directory.end_sessions_of(2, kReason);
  hall.context.run();
  CHECK(hall.ended.size() == 2);
  CHECK(std::ranges::find(hall.ended, "one: revoked") == hall.ended.end());
}

TEST_CASE("session directory: a session that has left meanwhile is not ended") {
  Hall hall;
  {
    const auto gone = hall.enter("gone", actor(1, 1));
    hall.directory.end_sessions_of(storage::DeviceId{1}, kReason);
  }
  hall.context.run();
  CHECK(hall.ended.empty());
}

TEST_CASE("session directory: who was looked up before an end may not enter after it") {
  Hall hall;
  const auto before = hall.directory.endings();
  hall.directory.end_sessions_of(storage::DeviceId{1}, kReason);
  const auto place = hall.directory.enter(actor(1, 1), before, hall.context.get_executor(), [](const Error&) {});
  REQUIRE_FALSE(place.has_value());
  CHECK(place.error().retryable);
  CHECK(hall.directory.size() == 0);
}

TEST_CASE("session directory: a device and a user may have so many sessions, whatever others have") {
  Hall hall;
  const auto enter = [&hall](std::int64_t user, std::uint8_t device) {
    return hall.directory.enter(actor(user, device), hall.directory.endings(), hall.context.get_executor(), {}, {3, 2});
  };
  auto first = enter(1, 1), second = enter(1, 1);
  REQUIRE(first.has_value());
  REQUIRE(second.has_value());
  const auto third_of_device = enter(1, 1);
  REQUIRE_FALSE(third_of_device.has_value());
  CHECK(third_of_device.error().retryable);
  const auto other_device = enter(1, 2);
  CHECK(other_device.has_value());
  CHECK_FALSE(enter(1, 3).has_value());
  CHECK(enter(2, 4).has_value());
  *first = {};
  CHECK(enter(1, 1).has_value());
}

}  // namespace ndisk::server
