#include "server/session.hpp"

#include <fmt/format.h>

#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <new>

#include "server/handlers/handlers.hpp"
#include "server/login.hpp"

namespace ndisk::server {
namespace {

using protocol::FrameType;
using protocol::kSessionStream;

// What keeping a frame takes beside its payload: even those without any are bounded in number.
constexpr std::size_t kFrameBytes = 256;
// Two full Data frames: one on its way to disk while the next one arrives.
constexpr std::size_t kIncomingBytes = 2 * (protocol::kMaxPayloadBytes + kFrameBytes);
constexpr std::size_t kOutgoingBytes = 512 * 1024;
// What requests ask for that are answered at the peer's pace.
constexpr std::size_t kKeptBytes = 2 << 20;
constexpr auto kReportEvery = std::chrono::seconds(3);

// Only these go on after the first frame of their stream.
bool continues_stream(FrameType type) {
  return type == FrameType::kData || type == FrameType::kCopyRange || type == FrameType::kCommit ||
         type == FrameType::kCancel;
}

// Their filters and ranges stay until the peer has taken the last of the answer: their share of the received bytes,
// for which other sessions may wait, is given back long before.
bool is_kept(FrameType type) {
  return type == FrameType::kList || type == FrameType::kOpen || type == FrameType::kGetChunks;
}

Error turned_out() { return {ErrorCode::kBusy, "too many at the server's door: try again", true}; }

Error broken(std::string rule) { return {ErrorCode::kProtocol, std::move(rule), false}; }

}  // namespace

Session::Session(Services& services, BodyMemory& bodies, net::TimePoint login_deadline, net::Socket socket,
                 std::unique_ptr<net::Transport> transport, Peer peer, Door::Pass pass)
    : services_(services),
      bodies_(bodies),
      connection_(std::move(socket), std::move(transport)),
      peer_(std::move(peer)),
      pass_(std::move(pass)),
      incoming_(connection_.executor(), kIncomingBytes),
      outgoing_(connection_.executor(), kOutgoingBytes),
      kept_(connection_.executor(), kKeptBytes),
      turns_(connection_.executor(), services.open_files.limits().turns_of_session),
      login_timer_(connection_.executor(), login_deadline),
      report_timer_(connection_.executor()),
      eviction_timer_(connection_.executor()),
      tasks_(connection_.executor(), [this] { abort(out_of_memory()); }) {}

Session::~Session() = default;

net::Task<> Session::run() {
  Result<void> result;
  try {
    tasks_.spawn(watch_login());
    result = co_await connection_.handshake(services_.limits.login);
    connection_.start();
    if (result) result = co_await serve();
  } catch (const std::bad_alloc&) {
    result = std::unexpected(out_of_memory());
    abort(out_of_memory());
  }
  login_timer_.cancel();
  report_timer_.cancel();
  be_over();
  try {
    co_await say_goodbye(result.error());
  } catch (const std::bad_alloc&) {
    abort(out_of_memory());
  }
  eviction_timer_.expires_at(net::TimePoint::min());  // also for a wait that has not begun
  // Nothing of the session may be left when it goes: rather than that, the process ends.
  for (net::TriesWithoutMemory tries;;) {
    try {
      co_await connection_.finish();
      co_await tasks_.join();
      co_return;
    } catch (const std::bad_alloc&) {
      if (!tries.pause()) throw;
    }
  }
}

net::Task<> Session::say_goodbye(const Error& error) {
  if (error.code == ErrorCode::kProtocol || error.code == ErrorCode::kNotAllowed ||
      error.code == ErrorCode::kUnsupportedVersion) {
    services_.stranger_log.write(fmt::format("session refused peer={} reason=\"{}\"", peer_.shown, error.message));
  }
  if (connection_.has_failed()) co_return;
  if (error.code != ErrorCode::kNetwork) connection_.post(FrameType::kError, kSessionStream, protocol::to_wire(error));
  co_await connection_.say_goodbye(services_.limits.farewell, services_.limits.goodbye);
  co_await connection_.drain(services_.limits.farewell);
}

// Always ends with an error: the one that ended the session.
net::Task<Result<void>> Session::serve() {
  connection_.set_read_limit(services_.limits.login);
  connection_.limit_payload(protocol::kMaxLoginBytes);
  const auto endings = services_.sessions.endings();
  auto identity = co_await log_in(services_, connection_, peer_);
  login_timer_.cancel();
  if (!identity) co_return std::unexpected(identity.error());
  if (!pass_.log_in()) co_return std::unexpected(turned_out());
  identity_ = std::move(*identity);
  SessionDirectory::End end = [this](const Error& reason) { evict(reason); };
  const auto most = peer_.is_local ? SessionDirectory::kNoLimit : SessionDirectory::kLimit;
  auto place = services_.sessions.enter(identity_.actor, endings, connection_.executor(), std::move(end), most);
  if (!place) co_return std::unexpected(place.error());
  place_ = std::move(*place);
  turn_ = {identity_.actor.user, place_.number()};
  streams_of_user_ = &services_.sessions.streams_of(identity_.actor.user);
  logged_in_ = true;
  connection_.limit_payload(protocol::kMaxPayloadBytes);
  connection_.read_only_with_room();
  connection_.set_write_limit(services_.limits.busy_silence);
  services_.user_log.write(identity_.user_name,
                           fmt::format("session open user={} device=\"{}\" peer={}", identity_.user_name,
                                       log_name(identity_.device_name), peer_.shown));
  Result<void> result;
  while (result) {
    connection_.set_read_limit(streams_.empty() ? services_.limits.idle : services_.limits.busy_silence);
    auto frame = co_await connection_.read_frame();
    if (!frame) {
      result = std::unexpected(frame.error());
    } else if (!connection_.has_failed() && !is_over_) {  // else it is dropped: nobody waits for what it asks for
      result = co_await dispatch(std::move(*frame));
    }
  }
  services_.user_log.write(identity_.user_name,
                           fmt::format("session end user={} device=\"{}\" peer={} reason=\"{}\"", identity_.user_name,
                                       log_name(identity_.device_name), peer_.shown, result.error().message));
  co_return result;
}

net::Task<Result<void>> Session::dispatch(protocol::Frame frame) {
  const auto& header = frame.header;
  if (header.stream == kSessionStream) co_return on_session_frame(frame);
  const auto found = streams_.find(header.stream);
  if (found != streams_.end()) co_return co_await deliver(*found->second, std::move(frame));
  if (header.stream <= last_stream_) {
    // The stream has ended here while the client still sent to it.
    if (continues_stream(header.type)) co_return Result<void>();
    co_return std::unexpected(
        broken("stream " + std::to_string(header.stream) + " was used already: ids only count up"));
  }
  if (auto checked = check_new_stream(header); !checked) co_return checked;
  co_return co_await start_stream(std::move(frame));
}

Result<void> Session::check_new_stream(const protocol::FrameHeader& header) const {
  if (!handler_for(header.type)) {
    return std::unexpected(broken("a stream can't start with " + std::string(protocol::frame_type_name(header.type))));
  }
  // One whose last frame was sent may still be tidying up here; the client need not know.
  const bool too_many = open_streams() >= protocol::kMaxStreams || streams_.size() >= 2 * protocol::kMaxStreams;
  if (too_many) {
    return std::unexpected(broken("more than " + std::to_string(protocol::kMaxStreams) + " streams are open"));
  }
  return {};
}

std::size_t Session::open_streams() const {
  if (streams_.size() < protocol::kMaxStreams) return streams_.size();
  const auto is_open = [](const auto& entry) { return !entry.second->is_closed(); };
  return static_cast<std::size_t>(std::ranges::count_if(streams_, is_open));
}

net::Task<Result<void>> Session::deliver(Stream& stream, protocol::Frame frame) {
  if (frame.header.type == FrameType::kCancel) {
    stream.cancel();
    co_return Result<void>();
  }
  if (!continues_stream(frame.header.type) || !stream.takes_content) {
    co_return std::unexpected(broken("stream " + std::to_string(stream.id()) + " can't take " +
                                     std::string(protocol::frame_type_name(frame.header.type)) + " now"));
  }
  const auto id = stream.id();
  auto share = co_await take_share(frame);
  const auto found = streams_.find(id);  // it may have ended meanwhile
  if (found != streams_.end()) found->second->deliver(std::move(frame), std::move(share));
  co_return Result<void>();
}

net::Task<BodyShare> Session::take_share(const protocol::Frame& frame) {
  const auto bytes = frame.payload.size() + kFrameBytes;
  // A range to be copied is as much work as any frame, so that no more of them wait than of those. It takes no memory,
  // which is what the thread's sessions share: others are not to wait while it is copied.
  const bool is_range = frame.header.type == FrameType::kCopyRange;
  BodyShare share;
  share.of_session = co_await incoming_.take(is_range ? protocol::kMaxPayloadBytes : bytes);
  share.of_thread = co_await bodies_.take(turn_.user, bytes);
  co_return share;
}

// Requests that would have to wait for memory go on in what is to spare.
net::Task<BodyShare> Session::take_share_of_first(const protocol::Frame& frame) {
  const auto bytes = frame.payload.size() + kFrameBytes;
  const bool has_room = incoming_.has_free(bytes) && bodies_.shared.has_free(bytes);
  if (has_room || !bodies_.spare.has_free(bytes)) co_return co_await take_share(frame);
  BodyShare share;
  share.of_thread = co_await bodies_.spare.take(bytes);
  co_return share;
}

net::Task<Result<void>> Session::start_stream(protocol::Frame frame) {
  net::ByteBudget::Share kept;
  if (is_kept(frame.header.type)) kept = co_await kept_.take(frame.payload.size() + kFrameBytes);
  auto share = co_await take_share_of_first(frame);
  const auto id = frame.header.stream;
  last_stream_ = id;
  if (is_over_) co_return Result<void>();  // since it waits; the next read says why
  auto stream = std::make_unique<Stream>(connection_.executor(), connection_, id);
  if (going_away_) {
    stream->answer({ErrorCode::kShuttingDown, "the server is stopping: try again", true});
    co_return Result<void>();
  }
  if (streams_of_user_->fetch_add(1) >= kMaxStreamsOfUser) {
    --*streams_of_user_;
    stream->answer({ErrorCode::kBusy, "this user has too many streams open over all sessions: try again", true});
    co_return Result<void>();
  }
  stream->takes_content = frame.header.type == FrameType::kOffer;
  if (stream->takes_content || frame.header.type == FrameType::kVerify) stream->progress = Stream::Reached{};
  const bool reports = stream->progress && !reporting_;
  Stream::Incoming first{std::move(frame), std::move(share)};
  try {
    streams_.emplace(id, stream.get());
    tasks_.spawn(run_stream(std::move(stream), std::move(first), std::move(kept)));
  } catch (const std::bad_alloc&) {
    streams_.erase(id);
    --*streams_of_user_;
    throw;
  }
  if (reports) {
    reporting_ = true;
    tasks_.spawn(report_progress());
  }
  co_return Result<void>();
}

net::Task<> Session::run_stream(std::unique_ptr<Stream> stream, Stream::Incoming first,
                                [[maybe_unused]] net::ByteBudget::Share kept) {
  const auto handler = handler_for(first.frame.header.type);
  const Request request{.services = services_,
                        .actor = identity_.actor,
                        .user_name = identity_.user_name,
                        .is_administrator = peer_.is_local && peer_.is_owner,
                        .outgoing = outgoing_,
                        .turns = turns_,
                        .stream = *stream,
                        .pool = {services_.pool, turn_, is_over_},
                        .content_pool = {services_.content_pool, turn_, is_over_},
                        .upload_pool = {services_.upload_pool, turn_, is_over_}};
  bool has_memory = true;
  try {
    co_await handler(request, std::move(first));
  } catch (const std::bad_alloc&) {
    has_memory = false;
  }
  if (!has_memory) stream->answer_out_of_memory();
  --*streams_of_user_;
  streams_.erase(stream->id());
  if (streams_.empty()) connection_.set_read_limit(services_.limits.idle);
  if (stream->broken_rule()) end(*stream->broken_rule());
  if (going_away_ && streams_.empty()) end({ErrorCode::kShuttingDown, "the server is stopping", true});
  leave_if_done();
}

// Its goodbye may take as long as the peer lets it: the session does not count any more then, but as a stranger.
void Session::leave_if_done() {
  if (!is_over_ || !streams_.empty()) return;
  place_ = SessionDirectory::Place();
  pass_.say_goodbye();
}

Result<void> Session::on_session_frame(const protocol::Frame& frame) {
  if (frame.header.type != FrameType::kPing) {
    return std::unexpected(
        broken(std::string(protocol::frame_type_name(frame.header.type)) + " can't come on stream 0 after the login"));
  }
  const auto ping = protocol::parse_message<wire::Ping>(frame.payload);
  if (!ping) return std::unexpected(ping.error());
  if (ping->payload().size() > protocol::kMaxPingBytes) return std::unexpected(broken("Ping.payload is over 64 bytes"));
  wire::Pong pong;
  pong.set_payload(ping->payload());
  pong.set_time_ns(services_.clock.now());
  connection_.post(FrameType::kPong, kSessionStream, pong);
  return {};
}

// Tells the client now and then how far its uploads and verifications are: also a sign of life while the disk is slow.
net::Task<> Session::report_progress() {
  for (bool any = true; any;) {
    report_timer_.expires_after(kReportEvery);
    asio::error_code cancelled;
    co_await report_timer_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    if (cancelled) break;
    if (connection_.has_failed()) {
      be_over();
      break;
    }
    any = false;
    for (const auto& [id, stream] : streams_) {
      if (!stream->progress) continue;
      any = true;
      stream->report_progress();
    }
  }
  reporting_ = false;
}

// A peer that sends a byte now and then must not hold a place without logging in.
net::Task<> Session::watch_login() {
  asio::error_code cancelled;
  co_await login_timer_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  if (!cancelled) connection_.abort({ErrorCode::kDeadline, "no login in time", true});
}

void Session::go_away() {
  if (going_away_) return;
  going_away_ = true;
  if (!logged_in_) return abort({ErrorCode::kShuttingDown, "the server is stopping", true});
  wire::GoAway message;
  message.set_reason("the server is stopping");
  connection_.post(FrameType::kGoAway, kSessionStream, message);
  if (streams_.empty()) end({ErrorCode::kShuttingDown, "the server is stopping", true});
}

void Session::end(Error reason) {
  be_over();
  connection_.stop_reading(std::move(reason));
}

// Now, not when the reader comes to it: it may wait for what only these streams can give back.
void Session::cut_streams() {
  is_over_ = true;
  for (auto& [id, stream] : streams_) stream->cut();
}

void Session::be_over() {
  cut_streams();
  leave_if_done();
}

void Session::evict(const Error& reason) {
  if (evicted_ || is_over_) return;
  evicted_ = true;
  try {
    end(reason);
    eviction_timer_.expires_after(services_.limits.eviction);
    tasks_.spawn(watch_eviction());
  } catch (const std::bad_alloc&) {
    connection_.abort(out_of_memory());
  }
}

net::Task<> Session::watch_eviction() {
  asio::error_code cancelled;
  co_await eviction_timer_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  if (!cancelled) connection_.abort({ErrorCode::kNotAllowed, "the session was ended", false});
}

void Session::turn_out() {
  if (logged_in_ && !is_over_) return;
  cut_streams();
  connection_.abort(turned_out());  // its place is another's by now: there is none to leave
}

void Session::abort(Error reason) {
  be_over();
  connection_.abort(std::move(reason));
}

}  // namespace ndisk::server
