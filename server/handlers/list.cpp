#include "server/handlers/convert.hpp"
#include "server/handlers/handlers.hpp"

namespace ndisk::server {
namespace {

// What a page takes, as rows, message and frame, is counted as this much.
constexpr std::size_t kPageBytes = protocol::kMaxControlBytes;

Result<storage::ListRequest> parse(const Bytes& payload) {
  const auto message = protocol::parse_message<wire::List>(payload);
  if (!message) return std::unexpected(message.error());
  auto path = protocol::path_field(message->path());
  if (!path) return std::unexpected(path.error());
  auto after = protocol::path_field(message->after());
  if (!after) return std::unexpected(after.error());
  storage::ListRequest request;
  request.path = std::move(*path);
  request.recursive = message->recursive();
  request.after = after->bytes();
  request.max_entries = protocol::kMaxListPageEntries;
  return request;
}

}  // namespace

net::Task<> handle_list(Request request, Stream::Incoming first) {
  auto list = parse(first.frame.payload);
  if (!list) co_return request.stream.answer(list.error());
  first = {};
  for (bool last = false; !last && !request.stream.is_over();) {
    auto fetch = [&request, &list] { return request.services.drive.list(request.actor, *list); };
    const auto share = co_await request.outgoing.take(kPageBytes);
    const auto page = co_await net::run_blocking(request.services.pool, fetch);
    if (!page) co_return request.stream.answer(page.error());
    wire::ListPage message;
    message.set_is_file(page->is_file);
    for (const auto& entry : page->entries) *message.add_entries() = to_wire(entry);
    if (!page->entries.empty()) list->after = page->entries.back().path;
    last = page->last || page->entries.empty();
    const auto sent = co_await request.stream.send(protocol::FrameType::kListPage, message);
    if (!sent) co_return;
  }
  if (request.stream.is_cancelled()) co_return request.stream.answer({ErrorCode::kCancelled, "cancelled", false});
  request.stream.end();
}

}  // namespace ndisk::server
