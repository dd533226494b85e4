// What an I/O thread does with connections that become no session.
#include "server/worker.hpp"

#include <unistd.h>

#include <string_view>
#include <vector>

#include "tests/server/session_fixture.hpp"

namespace ndisk::server {
namespace {

using net::Executor;
using net::Task;
using storage::Fd;

constexpr std::string_view kHttp = "GET / HTTP/1.1\r\n\r\n";
constexpr std::string_view kPlainFrame("\0\0\0\0\0\0\0\0\0\0\0\0", 12);
constexpr std::size_t kMost = 2;

// A worker that is as patient with who is turned away as can be, and a door that has little room.
struct Entrance {
  explicit Entrance(Executor own) : executor(own), fixture(own), worker(fixture.services, own, 1 << 20) {
    fixture.services.limits.farewell = fixture.services.limits.goodbye = std::chrono::hours(1);
  }

  // Says something, and stays whatever the answer is.
  Task<> come(std::string_view words) {
    const auto ends = net::descriptor_pair();
    peers.emplace_back(ends[0]);
    REQUIRE(::write(ends[0], words.data(), words.size()) == static_cast<ssize_t>(words.size()));
    auto pass = door.arrive(PeerNetwork{}, [this](Door::Ticket ticket) { worker.turn_out(ticket); }).value();
    worker.add(Fd(ends[1]), Peer{.shown = "test", .network = PeerNetwork{}}, std::move(pass));
    co_await net::settle(executor);
    char answer = 0;
    CHECK(::read(ends[0], &answer, 1) == 1);
  }

  Task<> close() {
    peers.clear();
    co_await worker.stop();
    co_await fixture.finish();
  }

  Executor executor;
  SessionFixture fixture;
  Door door{DoorLimits{.strangers_of_network = kMost}};
  Worker worker;
  std::vector<Fd> peers;
};

Task<> who_is_turned_away_makes_room(Executor executor, std::string_view words) {
  Entrance entrance(executor);
  for (int i = 0; i < 6; ++i) co_await entrance.come(words);
  CHECK(entrance.worker.load() == kMost);
  co_await entrance.close();
}

Task<> who_is_turned_away_hears_why_while_there_is_room(Executor executor) {
  Entrance entrance(executor);
  co_await entrance.come(kHttp);
  co_await net::settle(executor);
  CHECK(entrance.worker.load() == 1);
  co_await entrance.close();
  CHECK(entrance.worker.load() == 0);
}

}  // namespace

TEST_CASE("worker: who asked in HTTP and does not go when answered makes room for the next") {
  net::run_task([](Executor executor) { return who_is_turned_away_makes_room(executor, kHttp); });
}
TEST_CASE("worker: who spoke plaintext and does not go when refused makes room for the next") {
  net::run_task([](Executor executor) { return who_is_turned_away_makes_room(executor, kPlainFrame); });
}
TEST_CASE("worker: who is turned away has time to hear why while there is room") {
  net::run_task(who_is_turned_away_hears_why_while_there_is_room);
}

}  // namespace ndisk::server
