#include "server/door_book.hpp"

#include "tests/catch.hpp"

namespace ndisk::server {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const DoorLimits kSmall{.connections = 6,
                        .strangers = 4,
                        .connections_of_network = 5,
                        .strangers_of_network = 3,
                        .time_to_speak = seconds(1),
                        .free_failures = 2,
                        .first_pause = milliseconds(50),
                        .longest_pause = milliseconds(300),
                        .forgiven_every = seconds(3),
                        .remembered_networks = 8};

constexpr std::uint16_t kCrowds[] = {1, 2};

PeerNetwork network(std::uint16_t number) {
  return {static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)};
}

struct Doorway {
  DoorBook book{kSmall};
  DoorBook::TimePoint now{};

  DoorBook::Admission arrive(std::uint16_t number) { return book.arrive(network(number), now).value(); }
  void fail_from(std::uint16_t number, int times = 1) {
    for (int i = 0; i < times; ++i) {
      const auto ticket = arrive(number).ticket;
      book.speak(ticket);
      book.leave(ticket, now);
    }
  }
  DoorBook::Duration pause_of(std::uint16_t number) {
    const auto admission = arrive(number);
    book.leave(admission.ticket, now);
    return admission.pause;
  }
};

}  // namespace

TEST_CASE("door: a network's oldest stranger makes room for its next one") {
  Doorway door;
  const auto first = door.arrive(1).ticket;
  for (int i = 0; i < 2; ++i) CHECK_FALSE(door.arrive(1).displaced);
  CHECK(door.arrive(1).displaced == first);
  CHECK(door.book.strangers() == 3);
  CHECK_FALSE(door.book.log_in(first));
}

TEST_CASE("door: who has said something stays longer than who is silent") {
  Doorway door;
  const auto first = door.arrive(1).ticket, second = door.arrive(1).ticket;
  door.book.speak(first);
  door.arrive(1);
  CHECK(door.arrive(1).displaced == second);
}

TEST_CASE("door: strangers of all networks are bounded, and the largest crowd makes room") {
  Doorway door;
  const auto lonely = door.arrive(1).ticket, of_crowd = door.arrive(2).ticket;
  door.arrive(2);
  door.arrive(2);
  CHECK(door.arrive(3).displaced == of_crowd);
  CHECK(door.book.strangers() == 4);
  CHECK(door.book.log_in(lonely));
}

TEST_CASE("door: who has just come is not the first to go, though all others have said something") {
  Doorway door;
  for (int i = 0; i < 2; ++i) {
    for (const auto from : kCrowds) door.book.speak(door.arrive(from).ticket);
  }
  const auto newcomer = door.arrive(3).ticket;
  for (int i = 0; i < 20; ++i) {
    for (const auto from : kCrowds) door.book.speak(door.arrive(from).ticket);
  }
  door.book.speak(newcomer);
  CHECK(door.book.log_in(newcomer));
}

TEST_CASE("door: who has been silent for long goes before a larger crowd that has said something") {
  Doorway door;
  const auto silent = door.arrive(1).ticket;
  for (int i = 0; i < 3; ++i) door.book.speak(door.arrive(2).ticket);
  door.now += kSmall.time_to_speak;
  CHECK(door.arrive(3).displaced == silent);
}

TEST_CASE("door: nobody who has logged in is displaced, and then there may be no room") {
  Doorway door;
  std::vector<DoorBook::Ticket> sessions;
  for (std::uint16_t i = 0; i < 6; ++i) {
    sessions.push_back(door.arrive(i / 3).ticket);
    CHECK(door.book.log_in(sessions.back()));
  }
  const auto refused = door.book.arrive(network(9), door.now);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::kBusy);
  CHECK(door.book.networks() == 2);
  door.book.leave(sessions.front(), door.now);
  CHECK(door.book.arrive(network(9), door.now).has_value());
}

TEST_CASE("door: one network's sessions leave room for others") {
  Doorway door;
  for (int i = 0; i < 5; ++i) CHECK(door.book.log_in(door.arrive(1).ticket));
  CHECK_FALSE(door.book.arrive(network(1), door.now).has_value());
  CHECK(door.book.arrive(network(2), door.now).has_value());
}

TEST_CASE("door: the first failures cost nothing, more cost a pause that doubles up to a bound") {
  Doorway door;
  door.fail_from(1, 2);
  CHECK(door.pause_of(1) == milliseconds(0));
  door.fail_from(1);
  CHECK(door.pause_of(1) == milliseconds(50));
  door.fail_from(1);
  CHECK(door.pause_of(1) == milliseconds(100));
  door.fail_from(1, 1000);
  CHECK(door.pause_of(1) == milliseconds(300));
}

TEST_CASE("door: nobody waits for what another network did") {
  Doorway door;
  door.fail_from(1, 100);
  CHECK(door.pause_of(2) == milliseconds(0));
}

TEST_CASE("door: failures are forgiven with time, however many there were") {
  Doorway door;
  door.fail_from(1, 1000);
  door.now += seconds(3) * 11;
  CHECK(door.pause_of(1) == milliseconds(0));
  door.now += seconds(3) * 3;
  door.fail_from(1, 2);
  CHECK(door.pause_of(1) == milliseconds(0));
}

TEST_CASE("door: who logs in, says nothing, or makes room for another network has not failed") {
  Doorway door;
  for (int i = 0; i < 100; ++i) {
    const auto session = door.arrive(1).ticket, silent = door.arrive(1).ticket;
    door.book.speak(session);
    CHECK(door.book.log_in(session));
    door.book.leave(session, door.now);
    door.book.leave(silent, door.now);
  }
  for (int i = 0; i < 100; ++i) {
    for (std::uint16_t from = 1; from <= 5; ++from) door.book.speak(door.arrive(from).ticket);
  }
  for (std::uint16_t from = 1; from <= 5; ++from) CHECK(door.pause_of(from) == milliseconds(0));
}

TEST_CASE("door: who has said something and makes room for the next of its own network has failed") {
  Doorway door;
  for (int i = 0; i < 5; ++i) door.book.speak(door.arrive(1).ticket);
  CHECK(door.arrive(1).pause == milliseconds(50));
  CHECK(door.arrive(2).pause == milliseconds(0));
}

TEST_CASE("door: a failure counts when it happens, though its connection stays, and never again") {
  Doorway door;
  std::vector<DoorBook::Ticket> failed;
  for (int i = 0; i < 3; ++i) {
    failed.push_back(door.arrive(1).ticket);
    door.book.speak(failed.back());
    door.book.say_goodbye(failed.back(), door.now);
    door.book.say_goodbye(failed.back(), door.now);
  }
  CHECK(door.pause_of(1) == milliseconds(50));
  for (const auto ticket : failed) door.book.leave(ticket, door.now);
  CHECK(door.pause_of(1) == milliseconds(50));
  CHECK(door.book.strangers() == 0);
}

TEST_CASE("door: who only hears its last words is the first of its network to go") {
  Doorway door;
  const auto first = door.arrive(1).ticket;
  door.arrive(1);
  const auto leaving = door.arrive(1).ticket;
  for (const auto ticket : {first, leaving}) door.book.speak(ticket);
  door.book.say_goodbye(leaving, door.now);
  CHECK_FALSE(door.book.log_in(leaving));
  CHECK(door.arrive(1).displaced == leaving);
}

TEST_CASE("door: a session that has ended makes room like a stranger, and has not failed") {
  Doorway door;
  std::vector<DoorBook::Ticket> sessions;
  for (std::uint16_t i = 0; i < 6; ++i) {
    sessions.push_back(door.arrive(i / 3).ticket);
    CHECK(door.book.log_in(sessions.back()));
  }
  for (int i = 0; i < 3; ++i) door.book.say_goodbye(sessions[i], door.now);
  CHECK(door.book.strangers() == 3);
  CHECK(door.arrive(9).displaced == sessions.front());
  const auto of_same = door.arrive(0);
  CHECK(of_same.displaced == sessions[1]);
  CHECK(of_same.pause == milliseconds(0));
  door.book.leave(sessions[2], door.now);
  CHECK(door.book.strangers() == 2);
}

TEST_CASE("door: a household whose devices all come at once does not wait") {
  const DoorLimits limits;
  DoorBook book;
  for (std::size_t i = 0; i < limits.strangers_of_network + limits.free_failures; ++i) {
    const auto admission = book.arrive(network(1), {}).value();
    CHECK(admission.pause == milliseconds(0));
    book.speak(admission.ticket);
  }
}

TEST_CASE("door: whoever comes and goes leaves nothing behind") {
  Doorway door;
  for (std::uint16_t i = 0; i < 1000; ++i) door.pause_of(i);
  CHECK(door.book.connections() == 0);
  CHECK(door.book.networks() == 0);
}

TEST_CASE("door: only so many failed networks are remembered, the worst the longest") {
  Doorway door;
  door.fail_from(60'000, 10);
  for (std::uint16_t i = 0; i < 10'000; ++i) {
    door.fail_from(i);
    CHECK(door.book.networks() <= kSmall.connections + kSmall.remembered_networks + 1);
  }
  CHECK(door.pause_of(60'000) == milliseconds(300));
}

TEST_CASE("door: a process with few descriptors keeps some of them for files") {
  CHECK(limits_with(1 << 20).connections == 1024);
  CHECK(limits_with(1024).connections == 512);
  CHECK(limits_with(64).connections == 32);
  CHECK(limits_with(64).strangers == 16);
}

}  // namespace ndisk::server
