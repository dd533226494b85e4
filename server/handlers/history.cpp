#include <fmt/format.h>

#include "server/handlers/convert.hpp"
#include "server/handlers/done.hpp"
#include "server/handlers/entries.hpp"
#include "server/handlers/rows.hpp"

namespace ndisk::server {
namespace {

using protocol::FrameType;

// Rows that are fetched at once: with the longest names they take as much as a request to the outgoing budget counts.
constexpr std::size_t kVersionsAtOnce = 128;
constexpr std::size_t kTrashItemsAtOnce = 24;
constexpr std::size_t kRowsBytes = 128 * 1024;

struct RestoreRequest {
  protocol::RequestId request_id{};
  RemotePath path;
  std::optional<std::uint64_t> version;
};

struct RestoreTrashRequest {
  protocol::RequestId request_id{};
  std::uint64_t id = 0;
  std::optional<RemotePath> to;
};

Result<RestoreRequest> parse_restore(const Bytes& payload) {
  const auto message = protocol::parse_message<wire::Restore>(payload);
  if (!message) return std::unexpected(message.error());
  const auto request_id = protocol::request_id_field(message->request_id());
  if (!request_id) return std::unexpected(request_id.error());
  auto path = protocol::path_field(message->path());
  if (!path) return std::unexpected(path.error());
  RestoreRequest restore{*request_id, std::move(*path), {}};
  if (message->has_version()) restore.version = message->version();
  return restore;
}

Result<RestoreTrashRequest> parse_restore_trash(const Bytes& payload) {
  const auto message = protocol::parse_message<wire::RestoreTrash>(payload);
  if (!message) return std::unexpected(message.error());
  const auto request_id = protocol::request_id_field(message->request_id());
  if (!request_id) return std::unexpected(request_id.error());
  RestoreTrashRequest restore{*request_id, message->id(), {}};
  if (message->to().empty()) return restore;
  auto to = protocol::path_field(message->to());
  if (!to) return std::unexpected(to.error());
  restore.to = std::move(*to);
  return restore;
}

Result<storage::EmptyTrashRequest> parse_empty_trash(const Bytes& payload) {
  const auto message = protocol::parse_message<wire::EmptyTrash>(payload);
  if (!message) return std::unexpected(message.error());
  const auto request_id = protocol::request_id_field(message->request_id());
  if (!request_id) return std::unexpected(request_id.error());
  if (static_cast<std::size_t>(message->ids_size()) > protocol::kMaxTrashIds) {
    return fail(ErrorCode::kProtocol, "EmptyTrash.ids has over " + std::to_string(protocol::kMaxTrashIds) + " ids");
  }
  storage::EmptyTrashRequest empty;
  empty.request_id = *request_id;
  empty.ids.assign(message->ids().begin(), message->ids().end());
  if (message->has_removed_before_ns()) empty.removed_before = message->removed_before_ns();
  return empty;
}

net::Task<Result<void>> send_versions(Request& request, const RemotePath& path) {
  RowWriter<wire::VersionsPage> writer(request.stream, FrameType::kVersionsPage);
  std::uint64_t before = 0;
  auto fetch = [&request, &path, &before] {
    return request.services.drive.versions(request.actor, path, before, kVersionsAtOnce);
  };
  while (!request.stream.is_over()) {
    const auto share = co_await request.outgoing.take(kRowsBytes);
    const auto versions = co_await net::run_blocking(request.pool, fetch);
    if (!versions) co_return std::unexpected(versions.error());
    for (const auto& version : *versions) {
      auto row = to_wire(version);
      auto sent = co_await writer.add(&wire::VersionsPage::mutable_versions, std::move(row));
      if (!sent) co_return sent;
    }
    if (versions->size() < kVersionsAtOnce) break;
    before = versions->back().version;
  }
  co_return co_await writer.flush();
}

net::Task<Result<void>> send_trash(Request& request) {
  RowWriter<wire::TrashPage> writer(request.stream, FrameType::kTrashPage);
  std::uint64_t before = 0;
  auto fetch = [&request, &before] { return request.services.drive.trash(request.actor, before, kTrashItemsAtOnce); };
  while (!request.stream.is_over()) {
    const auto share = co_await request.outgoing.take(kRowsBytes);
    const auto items = co_await net::run_blocking(request.pool, fetch);
    if (!items) co_return std::unexpected(items.error());
    for (const auto& item : *items) {
      auto row = to_wire(item);
      auto sent = co_await writer.add(&wire::TrashPage::mutable_entries, std::move(row));
      if (!sent) co_return sent;
    }
    if (items->size() < kTrashItemsAtOnce) break;
    before = items->back().id;
  }
  co_return co_await writer.flush();
}

}  // namespace

net::Task<> handle_list_versions(Request request, Stream::Incoming first) {
  const auto path = parse_path<wire::ListVersions>(first.frame.payload);
  if (!path) co_return request.stream.answer(path.error());
  first = {};
  const auto sent = co_await send_versions(request, *path);
  end_rows(request.stream, sent);
}

net::Task<> handle_list_trash(Request request, Stream::Incoming first) {
  const auto checked = check_message<wire::ListTrash>(first.frame.payload);
  if (!checked) co_return request.stream.answer(checked.error());
  first = {};
  const auto sent = co_await send_trash(request);
  end_rows(request.stream, sent);
}

net::Task<> handle_restore(Request request, Stream::Incoming first) {
  const auto restore = parse_restore(first.frame.payload);
  if (!restore) co_return request.stream.answer(restore.error());
  first = {};
  auto start = [&request, &restore](storage::Completion<storage::Placed> done) {
    request.services.drive.restore(request.actor, restore->request_id, restore->path, restore->version,
                                   std::move(done));
  };
  const auto placed = co_await drive_call<storage::Placed>(request.upload_pool, start);
  if (placed) request.log(fmt::format("restored path=\"{}\"", log_name(placed->path)));
  answer_done(request.stream, placed);
}

net::Task<> handle_restore_trash(Request request, Stream::Incoming first) {
  const auto restore = parse_restore_trash(first.frame.payload);
  if (!restore) co_return request.stream.answer(restore.error());
  first = {};
  auto start = [&request, &restore](storage::Completion<storage::Placed> done) {
    request.services.drive.restore_trash(request.actor, restore->request_id, restore->id, restore->to, std::move(done));
  };
  const auto placed = co_await drive_call<storage::Placed>(request.upload_pool, start);
  if (placed) request.log(fmt::format("restored trash={} path=\"{}\"", restore->id, log_name(placed->path)));
  answer_done(request.stream, placed);
}

net::Task<> handle_empty_trash(Request request, Stream::Incoming first) {
  auto empty = parse_empty_trash(first.frame.payload);
  if (!empty) co_return request.stream.answer(empty.error());
  first = {};
  auto start = [&request, &empty](storage::Completion<storage::Emptied> done) {
    request.services.drive.empty_trash(request.actor, std::move(*empty), std::move(done));
  };
  const auto emptied = co_await drive_call<storage::Emptied>(request.upload_pool, start);
  if (!emptied) co_return request.stream.answer(emptied.error());
  request.log(fmt::format("trash emptied count={}", emptied->count));
  if (emptied->count > 0) request.services.collect_soon();
  wire::Done done;
  done.set_change(emptied->change);
  done.set_count(emptied->count);
  request.stream.answer(FrameType::kDone, done);
}

}  // namespace ndisk::server
