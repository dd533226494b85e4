#include <fmt/format.h>

#include "server/handlers/convert.hpp"
#include "server/handlers/done.hpp"
#include "server/handlers/entries.hpp"

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

// What Move and Copy have in common.
template <class Message>
Result<void> fill(storage::MoveRequest& request, const Message& message) {
  const auto request_id = protocol::request_id_field(message.request_id());
  if (!request_id) return std::unexpected(request_id.error());
  auto from = protocol::path_field(message.from());
  if (!from) return std::unexpected(from.error());
  auto to = protocol::path_field(message.to());
  if (!to) return std::unexpected(to.error());
  request.request_id = *request_id;
  request.from = std::move(*from);
  request.to = std::move(*to);
  request.exact = message.exact();
  request.no_clobber = message.no_clobber();
  return {};
}

Result<storage::FolderRequest> parse_make_folder(const Bytes& payload) {
  const auto message = protocol::parse_message<wire::MakeFolder>(payload);
  auto target = target_of(message);
  if (!target) return std::unexpected(target.error());
  storage::FolderRequest folder;
  folder.request_id = target->request_id;
  folder.path = std::move(target->path);
  if (message->has_attributes()) folder.attributes = attributes_of(message->attributes());
  folder.must_not_exist = message->must_not_exist();
  return folder;
}

Result<storage::MoveRequest> parse_move(const Bytes& payload) {
  const auto message = protocol::parse_message<wire::Move>(payload);
  if (!message) return std::unexpected(message.error());
  storage::MoveRequest move;
  if (auto filled = fill(move, *message); !filled) return std::unexpected(filled.error());
  return move;
}

Result<storage::CopyRequest> parse_copy(const Bytes& payload) {
  const auto message = protocol::parse_message<wire::Copy>(payload);
  if (!message) return std::unexpected(message.error());
  storage::CopyRequest copy;
  if (auto filled = fill(copy, *message); !filled) return std::unexpected(filled.error());
  copy.recursive = message->recursive();
  if (message->has_version()) copy.version = message->version();
  return copy;
}

void log_placed(const Request& request, std::string_view what, const std::string& from,
                const Result<storage::Placed>& placed) {
  if (placed) request.log(fmt::format("{} from=\"{}\" to=\"{}\"", what, log_name(from), log_name(placed->path)));
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
  const auto change = co_await drive_call<std::uint64_t>(request.upload_pool, remove);
  if (change) request.log(fmt::format("removed path=\"{}\"", log_name(target->path.bytes())));
  answer_done(request.stream, change);
}

net::Task<> handle_make_folder(Request request, Stream::Incoming first) {
  auto folder = parse_make_folder(first.frame.payload);
  if (!folder) co_return request.stream.answer(folder.error());
  first = {};
  auto make = [&request, &folder](storage::Completion<std::uint64_t> done) {
    request.services.drive.make_folder(request.actor, std::move(*folder), std::move(done));
  };
  const auto change = co_await drive_call<std::uint64_t>(request.upload_pool, make);
  answer_done(request.stream, change);
}

net::Task<> handle_move(Request request, Stream::Incoming first) {
  auto move = parse_move(first.frame.payload);
  if (!move) co_return request.stream.answer(move.error());
  first = {};
  const auto from = move->from.bytes();
  auto start = [&request, &move](storage::Completion<storage::Placed> done) {
    request.services.drive.move(request.actor, std::move(*move), std::move(done));
  };
  const auto placed = co_await drive_call<storage::Placed>(request.upload_pool, start);
  log_placed(request, "moved", from, placed);
  answer_done(request.stream, placed);
}

net::Task<> handle_copy(Request request, Stream::Incoming first) {
  auto copy = parse_copy(first.frame.payload);
  if (!copy) co_return request.stream.answer(copy.error());
  first = {};
  const auto from = copy->from.bytes();
  auto start = [&request, &copy](storage::Completion<storage::Placed> done) {
    request.services.drive.copy(request.actor, std::move(*copy), std::move(done));
  };
  const auto placed = co_await drive_call<storage::Placed>(request.upload_pool, start);
  log_placed(request, "copied", from, placed);
  answer_done(request.stream, placed);
}

net::Task<> handle_stat(Request request, Stream::Incoming first) {
  const auto path = parse_path<wire::Stat>(first.frame.payload);
  if (!path) co_return request.stream.answer(path.error());
  first = {};
  auto look = [&request, &path] { return request.services.drive.stat(request.actor, *path); };
  const auto status = co_await net::run_blocking(request.pool, look);
  if (!status) co_return request.stream.answer(status.error());
  request.stream.answer(FrameType::kStatInfo, to_wire(*status));
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
