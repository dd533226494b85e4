#include "common/net/connect.hpp"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <optional>

#include "common/protocol/messages.hpp"
#include "tests/common/net/loopback.hpp"
#include "tests/common/net/run_task.hpp"

namespace ndisk::net {
namespace {

using protocol::FrameType;

// No test waits for either: the next address is tried because one failed, or at once.
constexpr auto kLong = std::chrono::minutes(10);
constexpr ConnectTimes kOneByOne{.limit = kLong, .stagger = kLong};
constexpr ConnectTimes kAllAtOnce{.limit = kLong, .stagger = Duration::zero(), .courtesy = Duration::zero()};
constexpr ConnectTimes kInCourtesy{.limit = kLong, .stagger = Duration::zero(), .courtesy = kLong};

struct Setup {
  Identity ours, others;
  TlsClientContext client = TlsClientContext::create().value();

  [[nodiscard]] MakeTransport tls() const {
    return [this](int socket) { return client.connect(socket, ours.pin); };
  }
};

template <class... Ports>
std::vector<protocol::HostPort> addresses_of(const Ports&... ports) {
  return {ports.address()...};
}

std::string shown(const LoopbackPort& port) { return protocol::format_host_port(port.address()); }

Task<> check_that_it_answers(Connected connected) {
  FrameConnection connection(std::move(connected.socket), std::move(connected.transport));
  connection.start();
  connection.post(FrameType::kPing, protocol::kSessionStream, wire::Ping());
  const auto frame = co_await connection.read_frame();
  CHECK((frame && frame->header.type == FrameType::kPing));
  co_await connection.finish();
}

// The other end of a connection has been closed.
Task<bool> has_left(Socket& socket) {
  Bytes buffer(4096);
  for (;;) {
    const auto count = ::recv(socket.descriptor(), buffer.data(), buffer.size(), 0);
    if (count == 0) co_return true;
    if (count > 0) continue;
    if (errno != EAGAIN) co_return false;
    const auto readable = co_await socket.wait_readable(std::chrono::seconds(60));
    if (!readable) co_return false;
  }
}

Task<> finds_the_right_one_after_another_key(Executor executor) {
  const Setup setup;
  LoopbackServer wrong(executor, setup.others), right(executor, setup.ours);
  wrong.start();
  right.start();
  auto connected = co_await connect_tcp(addresses_of(wrong, right), setup.tls(), kOneByOne);
  CHECK((connected && connected->address == right.address()));
  if (connected) co_await check_that_it_answers(std::move(*connected));
  co_await wrong.stop();
  co_await right.stop();
}

Task<> finds_the_right_one_beside_silence(Executor executor) {
  const Setup setup;
  LoopbackPort silent(executor);
  silent.listen();
  LoopbackServer right(executor, setup.ours);
  right.start();
  auto connected = co_await connect_tcp(addresses_of(silent, right), setup.tls(), kAllAtOnce);
  CHECK(connected.has_value());
  if (connected) co_await check_that_it_answers(std::move(*connected));
  co_await right.stop();
}

// Lets the other server answer when somebody's handshake has begun here.
Task<> start_after(LoopbackPort& silent, std::optional<Socket>& caller, LoopbackServer& other) {
  const int descriptor = co_await silent.connection();
  caller.emplace(other.executor(), descriptor);
  const auto first_words = co_await caller->wait_readable(kLong);
  CHECK(first_words.has_value());
  other.start();
}

Task<> leaves_who_lost(Executor executor) {
  const Setup setup;
  LoopbackPort silent(executor);
  silent.listen();
  LoopbackServer right(executor, setup.ours);
  std::optional<Socket> loser;
  TaskGroup tasks(executor);
  tasks.spawn(start_after(silent, loser, right));
  const auto connected = co_await connect_tcp(addresses_of(silent, right), setup.tls(), kAllAtOnce);
  CHECK(connected.has_value());
  co_await tasks.join();
  const bool left = co_await has_left(*loser);
  CHECK(left);
  co_await right.stop();
}

// Closes the first connection once the second has come as far as it may.
Task<> leave_for_second(LoopbackPort& first, LoopbackPort& second, std::optional<Socket>& other, bool& spoke) {
  const int descriptor = co_await first.connection();
  std::optional<Socket> caller(std::in_place, first.executor(), descriptor);
  const auto first_words = co_await caller->wait_readable(kLong);
  CHECK(first_words.has_value());
  const int waiting = co_await second.connection();
  other.emplace(second.executor(), waiting);
  co_await settle(second.executor());
  std::uint8_t byte = 0;
  spoke = ::recv(waiting, &byte, 1, MSG_PEEK) >= 0;
  caller.reset();
  const auto words = co_await other->wait_readable(kLong);
  CHECK(words.has_value());
  other->close();
  other.reset();
}

Task<> greets_one_by_one(Executor executor) {
  std::signal(SIGPIPE, SIG_IGN);  // as both programs do
  const Setup setup;
  LoopbackPort first(executor), second(executor);
  first.listen();
  second.listen();
  std::optional<Socket> other;
  bool spoke = true;
  TaskGroup tasks(executor);
  tasks.spawn(leave_for_second(first, second, other, spoke));
  const auto connected = co_await connect_tcp(addresses_of(first, second), setup.tls(), kInCourtesy);
  CHECK_FALSE(connected.has_value());
  co_await tasks.join();
  CHECK_FALSE(spoke);
}

Task<> says_what_may_pass(Executor executor) {
  const Setup setup;
  LoopbackPort refusing(executor);
  const protocol::HostPort never{"fe80::1", 7420};  // without an interface
  for (bool is_first : {false, true}) {
    std::vector<protocol::HostPort> addresses{refusing.address(), never};
    if (is_first) std::ranges::reverse(addresses);
    const auto connected = co_await connect_tcp(std::move(addresses), setup.tls(), kOneByOne);
    REQUIRE_FALSE(connected.has_value());
    CHECK(connected.error().code == ErrorCode::kNetwork);
    CHECK(connected.error().retryable);
    CHECK(connected.error().message.find(shown(refusing)) != std::string::npos);
  }
}

Task<> starts_no_second_beside_a_quick_first(Executor executor) {
  const Setup setup;
  LoopbackServer first(executor, setup.ours);
  first.start();
  LoopbackPort second(executor);
  second.listen();
  const auto connected = co_await connect_tcp(addresses_of(first, second), setup.tls(), kOneByOne);
  CHECK(connected.has_value());
  CHECK(second.accept() == -1);
  co_await first.stop();
}

Task<> shows_another_key(Executor executor, bool before_the_refusal) {
  const Setup setup;
  LoopbackServer wrong(executor, setup.others);
  wrong.start();
  LoopbackPort refusing(executor);
  auto addresses = addresses_of(wrong, refusing);
  if (!before_the_refusal) std::ranges::reverse(addresses);
  const auto connected = co_await connect_tcp(std::move(addresses), setup.tls(), kOneByOne);
  co_await wrong.stop();
  REQUIRE_FALSE(connected.has_value());
  CHECK(connected.error().code == ErrorCode::kIdentity);
  CHECK(connected.error().message.find(shown(wrong)) != std::string::npos);
  CHECK(connected.error().retryable);
}

Task<> is_final_with_other_keys_only(Executor executor) {
  const Setup setup;
  LoopbackServer one(executor, setup.others), two(executor, setup.others);
  one.start();
  two.start();
  const auto connected = co_await connect_tcp(addresses_of(one, two), setup.tls(), kOneByOne);
  co_await one.stop();
  co_await two.stop();
  REQUIRE_FALSE(connected.has_value());
  CHECK(connected.error().code == ErrorCode::kIdentity);
  CHECK_FALSE(connected.error().retryable);
}

Task<> gives_up_on_silence(Executor executor) {
  const Setup setup;
  LoopbackPort silent(executor);
  silent.listen();
  const ConnectTimes times{.limit = std::chrono::milliseconds(50)};
  const auto connected = co_await connect_tcp(addresses_of(silent), setup.tls(), times);
  REQUIRE_FALSE(connected.has_value());
  CHECK(connected.error().code == ErrorCode::kDeadline);
  CHECK(connected.error().message.find(shown(silent)) != std::string::npos);
}

Task<> takes_who_accepts_in_plaintext(Executor executor) {
  LoopbackPort refusing(executor), silent(executor), third(executor);
  silent.listen();
  third.listen();
  const auto connected = co_await connect_tcp(addresses_of(refusing, silent, third), make_plain_transport, kOneByOne);
  CHECK((connected && !connected->transport->is_tls()));
  const int accepted = co_await silent.connection();
  ::close(accepted);
  CHECK(third.accept() == -1);
}

}  // namespace

TEST_CASE("connect: a server with another key at one address leaves the next its turn, and that one's session works") {
  run_task(finds_the_right_one_after_another_key);
}

TEST_CASE("connect: a port that accepts and stays silent leaves the next address its turn") {
  run_task(finds_the_right_one_beside_silence);
}

TEST_CASE("connect: who lost is left in the middle of its handshake") { run_task(leaves_who_lost); }

TEST_CASE("connect: no handshake is begun beside another one that is under way, but once that has failed") {
  run_task(greets_one_by_one);
}

TEST_CASE("connect: what may pass is told, not what is wrong for good with another address") {
  run_task(says_what_may_pass);
}

TEST_CASE("connect: beside a first address that answers soon no second is tried") {
  run_task(starts_no_second_beside_a_quick_first);
}

TEST_CASE("connect: another key is what is told, with its address, though an address refuses after it") {
  run_task([](Executor executor) { return shows_another_key(executor, true); });
}

TEST_CASE("connect: another key is worth another try where an address refused before it") {
  run_task([](Executor executor) { return shows_another_key(executor, false); });
}

TEST_CASE("connect: nothing but other keys is worth no other try") { run_task(is_final_with_other_keys_only); }

TEST_CASE("connect: silence everywhere ends at the deadline, with the address") { run_task(gives_up_on_silence); }

TEST_CASE("connect: in plaintext who accepts has won") { run_task(takes_who_accepts_in_plaintext); }

}  // namespace ndisk::net
