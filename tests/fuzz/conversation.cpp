#include "tests/fuzz/conversation.hpp"

#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <array>
#include <set>

#include "common/protocol/messages.hpp"
#include "server/session.hpp"
#include "tests/common/net/run_task.hpp"
#include "tests/fuzz/device_login.hpp"
#include "tests/fuzz/message_types.hpp"
#include "tests/fuzz/targets.hpp"

namespace ndisk::fuzz {
namespace {

using protocol::FrameType;

constexpr std::size_t kMostSent = 256 * 1024;
constexpr auto kPatience = std::chrono::seconds(60);  // nothing here waits for anybody else: a hang is a fault

// What takes long to make and keeps nothing of a conversation: keys and threads.
struct Machine {
  Machine() { spdlog::set_level(spdlog::level::off); }

  net::BlockingPool pool{1};
  net::BlockingPool content_pool{1};
  net::BlockingPool upload_pool{1};
  SystemClock clock;
  net::ServerIdentity identity = net::make_server_identity().value();
  net::TlsServerContext tls = net::TlsServerContext::create(identity).value();
  net::ServerSigner signer = net::ServerSigner::create(identity).value();
};

Machine& machine() {
  static Machine machine;  // for the process: a key for each conversation would be most of its time
  return machine;
}

Bytes login_frames() {
  Bytes frames;
  append_frame(frames, FrameType::kHello, protocol::kSessionStream, as_bytes(hello_message().SerializeAsString()));
  append_frame(frames, FrameType::kLocalLogin, protocol::kSessionStream, {});
  return frames;
}

struct Heard {
  std::vector<protocol::Frame> frames;
  Error end;
};

net::Task<> listen(net::FrameConnection& client, Heard& heard) {
  for (;;) {
    auto frame = co_await client.read_frame();
    if (!frame) {
      heard.end = frame.error();
      co_return;
    }
    heard.frames.push_back(std::move(*frame));
  }
}

std::array<int, 2> connected_sockets() {
  std::array<int, 2> descriptors{};
  const int made = ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, descriptors.data());
  require(made == 0, "there is room for two sockets");
  return descriptors;
}

// So many turns of the pools, in which what was sent is worked on before the connection ends.
net::Task<> linger(net::Executor executor, unsigned turns) {
  auto nothing = [] { return true; };
  for (unsigned turn = 0; turn < turns; ++turn) {
    co_await net::settle(executor);
    static_cast<void>(co_await net::run_blocking(machine().pool, nothing));
    static_cast<void>(co_await net::run_blocking(machine().content_pool, nothing));
    static_cast<void>(co_await net::run_blocking(machine().upload_pool, nothing));
  }
}

net::Task<> hold(net::Executor executor, storage::Drive& drive, const Conversation& conversation, Heard& heard) {
  auto& shared = machine();
  server::Services services{.drive = drive,
                            .pool = shared.pool,
                            .content_pool = shared.content_pool,
                            .upload_pool = shared.upload_pool,
                            .clock = shared.clock,
                            .tls = shared.tls,
                            .signer = shared.signer};
  services.advertised = {{"nas.local"}};
  server::BodyMemory bodies(executor, 2 << 20);
  const auto descriptors = connected_sockets();
  net::FrameConnection client(net::Socket(executor, descriptors[0]), net::make_plain_transport(descriptors[0]));
  server::Session session(services, bodies, std::chrono::steady_clock::now() + kPatience,
                          net::Socket(executor, descriptors[1]), net::make_plain_transport(descriptors[1]),
                          conversation.peer);
  net::TaskGroup tasks(executor);
  client.start();
  client.set_read_limit(kPatience);
  tasks.spawn(session.run());
  if (conversation.is_device) co_await log_in_as_device(client, heard.frames);
  tasks.spawn(listen(client, heard));
  const auto& sent = conversation.sent;
  const auto pause = sent.begin() + static_cast<std::ptrdiff_t>(std::min(conversation.pause_at, sent.size()));
  if (pause != sent.begin()) client.post_frames(Bytes(sent.begin(), pause));
  if (conversation.goes_away) {
    co_await net::settle(executor);
    session.go_away();
  }
  if (pause != sent.end()) client.post_frames(Bytes(pause, sent.end()));
  co_await linger(executor, conversation.lingers);
  co_await client.say_goodbye(kPatience, kPatience);
  co_await tasks.join();
  co_await client.finish();
}

std::set<protocol::StreamId> streams_in(ByteView sent) {
  std::set<protocol::StreamId> streams{protocol::kSessionStream};
  protocol::FrameParser parser;
  for (;;) {
    const auto frame = parser.next(sent);
    if (!frame || !*frame) return streams;
    streams.insert((*frame)->header.stream);
  }
}

void check_answers(const Conversation& conversation, const Heard& heard) {
  require(heard.end.code == ErrorCode::kNetwork, "a session ends by closing, in time, with whole frames");
  const auto streams = streams_in(conversation.sent);
  std::set<protocol::StreamId> closed;
  for (const auto& frame : heard.frames) {
    const auto& header = frame.header;
    require(streams.contains(header.stream), "an answer is on a stream that was opened");
    require(!closed.contains(header.stream), "nothing follows the last word on a stream");
    const auto message = message_of(header.type);
    const bool is_bulk = protocol::is_bulk(header.type);
    if (message && !is_bulk)
      require(protocol::parse_into(*message, frame.payload).has_value(), "an answer is a message");
    const bool is_session = header.stream == protocol::kSessionStream;
    if (protocol::closes_stream(header.type) && (!is_session || header.type == FrameType::kError)) {
      closed.insert(header.stream);
    }
  }
}

}  // namespace

Conversation conversation_of(ByteView input) {
  Choices choices(input);
  const auto kind = choices.byte();
  const bool is_raw = (kind & 1) != 0, is_device = (kind & kIsDevice) != 0;
  const bool is_stranger = (kind & 2) != 0 || is_device, is_owner = (kind & 4) == 0;
  Conversation conversation{
      .peer = {.shown = "fuzz", .is_local = !is_stranger, .is_owner = is_owner && !is_stranger, .is_loopback = true},
      .sent = {},
      .pause_at = SIZE_MAX,
      .is_device = is_device};
  conversation.goes_away = (kind & 8) != 0;
  if (conversation.goes_away) conversation.pause_at = choices.byte() * std::size_t{8};
  if ((kind & 64) != 0) conversation.lingers = choices.byte();
  if (!is_stranger && (kind & 16) == 0) conversation.sent = login_frames();
  const auto rest = is_raw ? Bytes(choices.rest().begin(), choices.rest().end()) : scripted_frames(choices);
  const auto taken = ByteView(rest).first(std::min(rest.size(), kMostSent));
  conversation.sent.insert(conversation.sent.end(), taken.begin(), taken.end());
  return conversation;
}

std::vector<protocol::Frame> converse(storage::Drive& drive, const Conversation& conversation) {
  Heard heard;
  net::run_task([&](const net::Executor& executor) { return hold(executor, drive, conversation, heard); });
  check_answers(conversation, heard);
  return std::move(heard.frames);
}

}  // namespace ndisk::fuzz
