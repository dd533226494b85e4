#include "common/net/client_session.hpp"

#include <asio/redirect_error.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include "common/net/connect.hpp"
#include "common/protocol/versions.hpp"
#include "common/random.hpp"

namespace ndisk::net {
namespace {

using protocol::FrameType;
using protocol::kSessionStream;

// The reader pauses while streams have this much memory unread: a slow consumer slows the server, not our memory.
constexpr std::size_t kInboxBytes = 1024 * 1024;
constexpr auto kPingAfter = std::chrono::seconds(10);
constexpr auto kGoodbye = std::chrono::seconds(2);        // without anything being taken
constexpr auto kWholeGoodbye = std::chrono::seconds(10);  // however little at a time

Task<Result<Connected>> open_transport(const ServerAddress& address, const std::optional<TlsClientContext>& tls,
                                       Duration limit) {
  if (const auto* unix_address = std::get_if<UnixAddress>(&address)) {
    auto socket = co_await connect_unix(unix_address->path);
    if (!socket) co_return std::unexpected(socket.error());
    auto transport = make_plain_transport(socket->descriptor());
    co_return Connected{std::move(*socket), std::move(transport), {}};
  }
  std::vector<protocol::HostPort> addresses;
  MakeTransport make_transport = make_plain_transport;
  if (const auto* tls_address = std::get_if<TlsAddress>(&address)) {
    addresses = tls_address->addresses;
    make_transport = [&tls, pin = tls_address->pin](int socket) { return tls->connect(socket, pin); };
  } else {
    addresses.push_back(std::get<PlainAddress>(address).address);
  }
  const ConnectTimes times{.limit = limit};
  co_return co_await connect_tcp(std::move(addresses), std::move(make_transport), times);
}

}  // namespace

ClientSession::ClientSession(Executor executor, Socket socket, std::unique_ptr<Transport> transport, SessionTimes times)
    : executor_(executor),
      times_(times),
      connection_(std::move(socket), std::move(transport)),
      inbox_shrank_(executor),
      stream_closed_(executor),
      keep_alive_timer_(executor),
      tasks_(executor) {}

ClientSession::~ClientSession() = default;

Task<Result<std::unique_ptr<ClientSession>>> ClientSession::open(ServerAddress address, Credentials credentials,
                                                                 SessionTimes times) {
  std::optional<TlsClientContext> tls;
  if (std::holds_alternative<TlsAddress>(address)) {
    auto context = TlsClientContext::create();
    if (!context) co_return std::unexpected(context.error());
    tls.emplace(std::move(*context));
  }
  auto opened = co_await open_transport(address, tls, times.connect);
  if (!opened) co_return std::unexpected(opened.error());
  const auto executor = co_await asio::this_coro::executor;
  std::unique_ptr<ClientSession> session(
      new ClientSession(executor, std::move(opened->socket), std::move(opened->transport), times));
  session->tls_ = std::move(tls);
  session->address_ = std::move(opened->address);
  session->connection_.start();
  auto logged_in = co_await session->log_in(credentials);
  if (!logged_in) {
    session->abort(logged_in.error());
    co_await session->finish();
    co_return std::unexpected(logged_in.error());
  }
  session->logged_in_at_ = session->heard_at_ = std::chrono::steady_clock::now();
  session->connection_.set_read_limit(times.silence);
  session->tasks_.spawn(session->read_loop());
  session->tasks_.spawn(session->keep_alive());
  co_return session;
}

Task<Result<void>> ClientSession::log_in(const Credentials& credentials) {
  connection_.set_read_limit(times_.connect);
  wire::Hello hello;
  auto greeted = co_await say_hello(hello);
  if (!greeted) co_return greeted;
  // In plaintext the signature covers both nonces, so the server's must come first.
  const bool needs_server_nonce = !connection_.is_tls() && !std::holds_alternative<LocalCredentials>(credentials);
  if (needs_server_nonce) {
    auto answered = co_await read_server_hello();
    if (!answered) co_return answered;
  }
  auto proven = co_await prove(credentials, hello);
  if (!proven) co_return proven;
  if (!needs_server_nonce) {
    auto answered = co_await read_server_hello();
    if (!answered) co_return answered;
  }
  const auto payload = co_await read_answer(FrameType::kWelcome, "the login");
  if (!payload) co_return std::unexpected(payload.error());
  auto welcome = protocol::parse_message<wire::Welcome>(*payload);
  if (!welcome) co_return std::unexpected(welcome.error());
  welcome_ = std::move(*welcome);
  co_return Result<void>();
}

Task<Result<void>> ClientSession::say_hello(wire::Hello& hello) {
  const auto nonce = random_bytes<protocol::kNonceBytes>();
  hello.set_version_min(protocol::kVersion);
  hello.set_version_max(protocol::kVersion);
  hello.set_software(std::string("ndisk ") + NDISK_VERSION);
  hello.set_nonce(std::string(as_text(nonce)));
  return connection_.send(FrameType::kHello, kSessionStream, hello);
}

Task<Result<Bytes>> ClientSession::read_answer(FrameType type, const char* question) {
  auto frame = co_await connection_.read_frame();
  if (!frame) co_return std::unexpected(frame.error());
  if (frame->header.type == FrameType::kError) {
    const auto error = protocol::parse_message<wire::ErrorMessage>(frame->payload);
    co_return std::unexpected(error ? protocol::from_wire(*error) : error.error());
  }
  if (frame->header.type != type) {
    co_return fail(ErrorCode::kProtocol, std::string("the server did not answer ") + question);
  }
  co_return std::move(frame->payload);
}

Task<Result<void>> ClientSession::read_server_hello() {
  const auto payload = co_await read_answer(FrameType::kServerHello, "Hello");
  if (!payload) co_return std::unexpected(payload.error());
  auto hello = protocol::parse_message<wire::ServerHello>(*payload);
  if (!hello) co_return std::unexpected(hello.error());
  if (hello->version() != protocol::kVersion) {
    co_return fail(ErrorCode::kUnsupportedVersion, "the server chose protocol version " +
                                                       std::to_string(hello->version()) +
                                                       ", which this program does not speak: update it");
  }
  server_ = std::move(*hello);
  co_return Result<void>();
}

Task<Result<void>> ClientSession::prove(const Credentials& credentials, const wire::Hello& hello) {
  if (std::holds_alternative<LocalCredentials>(credentials)) {
    co_return co_await connection_.send(FrameType::kLocalLogin, kSessionStream, wire::LocalLogin());
  }
  const auto* enrol = std::get_if<EnrolCredentials>(&credentials);
  if (enrol != nullptr && !connection_.is_tls()) {
    co_return fail(ErrorCode::kNotAllowed, "enrolling needs TLS: use the invite's own address");
  }
  const auto& seed = enrol != nullptr ? enrol->seed : std::get<DeviceCredentials>(credentials).seed;
  const auto public_key = public_key_of(seed);
  if (!public_key) co_return std::unexpected(public_key.error());
  auto exporter = connection_.login_exporter();
  if (!exporter) co_return std::unexpected(exporter.error());
  protocol::ChannelBinding binding{.tls_exporter = std::move(*exporter), .client_nonce = {}, .server_nonce = {}};
  if (!connection_.is_tls()) {
    const auto ours = as_bytes(hello.nonce()), theirs = as_bytes(server_.nonce());
    binding.client_nonce.assign(ours.begin(), ours.end());
    binding.server_nonce.assign(theirs.begin(), theirs.end());
  }
  const auto token = enrol != nullptr ? ByteView(enrol->token) : ByteView();
  const auto signature = sign(seed, protocol::login_text(binding, *public_key, token));
  if (!signature) co_return std::unexpected(signature.error());
  if (enrol == nullptr) {
    wire::Login login;
    login.set_public_key(std::string(as_text(*public_key)));
    login.set_signature(std::string(as_text(*signature)));
    co_return co_await connection_.send(FrameType::kLogin, kSessionStream, login);
  }
  wire::Enrol message;
  message.set_token(std::string(as_text(token)));
  message.set_public_key(std::string(as_text(*public_key)));
  message.set_signature(std::string(as_text(*signature)));
  message.set_device_name(enrol->device_name);
  co_return co_await connection_.send(FrameType::kEnrol, kSessionStream, message);
}

Task<> ClientSession::read_loop() {
  while (!failure_) {
    if (inbox_bytes_ > kInboxBytes) {
      co_await inbox_shrank_.wait();
      continue;
    }
    auto frame = co_await connection_.read_frame();
    if (!frame) {
      end(frame.error());
      co_return;
    }
    heard_at_ = std::chrono::steady_clock::now();
    dispatch(std::move(*frame));
  }
}

void ClientSession::dispatch(protocol::Frame frame) {
  if (frame.header.stream == kSessionStream) return on_session_frame(frame);
  const auto found = inboxes_.find(frame.header.stream);
  if (found == inboxes_.end()) {  // the stream was cancelled; this crossed the Cancel, or answers it
    if (protocol::closes_stream(frame.header.type) && cancelled_.erase(frame.header.stream) > 0)
      stream_closed_.notify();
    return;
  }
  auto& inbox = *found->second;
  if (inbox.closed) {
    return end({ErrorCode::kProtocol,
                "the server sent " + std::string(protocol::frame_type_name(frame.header.type)) +
                    " after the last frame of a stream",
                false});
  }
  if (frame.header.type == FrameType::kProgress) {
    const auto progress = protocol::parse_message<wire::Progress>(frame.payload);
    if (!progress) return end(progress.error());
    inbox.received = progress->received();
    inbox.durable = progress->durable();
  } else {
    inbox.closed = protocol::closes_stream(frame.header.type);
    inbox_bytes_ += memory_of(frame);
    inbox.frames.push_back(std::move(frame));
  }
  inbox.changed.notify();
}

void ClientSession::on_session_frame(const protocol::Frame& frame) {
  switch (frame.header.type) {
    case FrameType::kPong: return;
    case FrameType::kGoAway: going_away_ = true; return;
    case FrameType::kError: {
      const auto error = protocol::parse_message<wire::ErrorMessage>(frame.payload);
      return end(error ? protocol::from_wire(*error) : error.error());
    }
    default:
      return end({ErrorCode::kProtocol,
                  "the server sent " + std::string(protocol::frame_type_name(frame.header.type)) + " where none is due",
                  false});
  }
}

// Where nothing comes, a Ping makes either an answer or, after the silence limit, an error. Where nothing is sent, as
// in a long download, it tells the server that this side is alive.
Task<> ClientSession::keep_alive() {
  while (!failure_) {
    keep_alive_timer_.expires_after(kPingAfter);
    asio::error_code cancelled;
    co_await keep_alive_timer_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    if (failure_) co_return;
    const bool quiet = connection_.bytes_received() == heard_ || connection_.bytes_sent() == said_;
    if (quiet) connection_.post(FrameType::kPing, kSessionStream, wire::Ping());
    heard_ = connection_.bytes_received();
    said_ = connection_.bytes_sent();
  }
}

void ClientSession::end(Error reason) {
  if (failure_) return;
  failure_ = std::move(reason);
  if (failure_->code != ErrorCode::kDeadline) heard_at_ = std::chrono::steady_clock::now();
  keep_alive_timer_.cancel();
  inbox_shrank_.notify();
  stream_closed_.notify();
  for (auto& [id, inbox] : inboxes_) inbox->changed.notify();
  connection_.abort(*failure_);
}

void ClientSession::abort(Error reason) { end(std::move(reason)); }

Task<> ClientSession::finish() {
  if (!failure_) {
    co_await connection_.say_goodbye(kGoodbye, kWholeGoodbye);
    end({ErrorCode::kCancelled, "the session was closed", false});
  }
  co_await connection_.finish();
  co_await tasks_.join();
}

}  // namespace ndisk::net
