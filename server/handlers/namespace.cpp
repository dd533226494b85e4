#include <spdlog/spdlog.h>

#include "common/shown_name.hpp"
#include "server/handlers/convert.hpp"
#include "server/handlers/drive_call.hpp"
#include "server/handlers/handlers.hpp"

namespace ndisk::server {
namespace {

using protocol::FrameType;

struct Target {
  protocol::RequestId request_id;
  RemotePath path;
};

template <class Message>
Result<Target> target_of(const Result<Message>& message) {
  if (!message) return std::unexpected(message.error());
  const auto request_id = protocol::request_id_field(message->request_id());
  if (!request_id) return std::unexpected(request_id.error());
  auto path = protocol::path_field(message->path());
  if (!path) return std::unexpected(path.error());
  return Target{*request_id, std::move(*path)};
}

void answer_change(Stream& stream, const Result<std::uint64_t>& change) {
  if (!change) return stream.answer(change.error());
  wire::Done done;
  done.set_change(*change);
  stream.answer(FrameType::kDone, done);
}

}  // namespace

net::Task<> handle_remove(Request request, Stream::Incoming first) {
  const auto message = protocol::parse_message<wire::Remove>(first.frame.payload);
  const auto target = target_of(message);
  if (!target) co_return request.stream.answer(target.error());
  auto remove = [&request, &target, &message](storage::Completion<std::uint64_t> done) {
    request.services.drive.remove(request.actor, target->request_id, target->path, message->recursive(),
                                  std::move(done));
  };
  const auto change = co_await drive_call<std::uint64_t>(request.services.pool, remove);
  if (change) spdlog::info("removed path=\"{}\"", shown_name(target->path.bytes()));
  answer_change(request.stream, change);
}

net::Task<> handle_make_folder(Request request, Stream::Incoming first) {
  const auto message = protocol::parse_message<wire::MakeFolder>(first.frame.payload);
  const auto target = target_of(message);
  if (!target) co_return request.stream.answer(target.error());
  auto make = [&request, &target](storage::Completion<std::uint64_t> done) {
    storage::FolderRequest folder;
    folder.request_id = target->request_id;
    folder.path = target->path;
    request.services.drive.make_folder(request.actor, std::move(folder), std::move(done));
  };
  answer_change(request.stream, co_await drive_call<std::uint64_t>(request.services.pool, make));
}

net::Task<> handle_ping(Request request, Stream::Incoming first) {
  const auto ping = protocol::parse_message<wire::Ping>(first.frame.payload);
  if (!ping) co_return request.stream.answer(ping.error());
  if (ping->payload().size() > protocol::kMaxPingBytes) {
    co_return request.stream.answer({ErrorCode::kProtocol, "Ping.payload is over 64 bytes", false});
  }
  wire::Pong pong;
  pong.set_payload(ping->payload());
  pong.set_time_ns(request.services.clock.now());
  request.stream.answer(FrameType::kPong, pong);
}

}  // namespace ndisk::server
