#include "server/handlers/convert.hpp"
#include "server/handlers/handlers.hpp"

namespace ndisk::server {
namespace {

using protocol::FrameType;

// Rows a page: with the longest paths a page stays below the limit of a control message.
constexpr int kRowsPerPage = 12;

}  // namespace

net::Task<> handle_list_uploads(Request request, Stream::Incoming first) {
  const auto message = protocol::parse_message<wire::ListUploads>(first.frame.payload);
  if (!message) co_return request.stream.answer(message.error());
  first = {};
  const auto share = co_await request.outgoing.take(protocol::kMaxControlBytes);
  auto fetch = [&request] { return request.services.drive.uploads(request.actor); };
  const auto uploads = co_await net::run_blocking(request.services.pool, fetch);
  if (!uploads) co_return request.stream.answer(uploads.error());
  wire::UploadsPage page;
  for (const auto& upload : *uploads) {
    *page.add_uploads() = to_wire(upload);
    if (page.uploads_size() < kRowsPerPage) continue;
    const auto sent = co_await request.stream.send(FrameType::kUploadsPage, page);
    if (!sent) co_return;
    page.Clear();
  }
  if (page.uploads_size() > 0) request.stream.answer(FrameType::kUploadsPage, page);
  request.stream.end();
}

net::Task<> handle_cancel_upload(Request request, Stream::Incoming first) {
  const auto message = protocol::parse_message<wire::CancelUpload>(first.frame.payload);
  if (!message) co_return request.stream.answer(message.error());
  const auto id = protocol::upload_id_field(message->upload_id());
  first = {};
  if (!id) co_return request.stream.answer(id.error());
  auto cancel = [&request, &id] { return request.services.drive.cancel_upload(request.actor, *id); };
  const auto cancelled = co_await net::run_blocking(request.services.pool, cancel);
  if (cancelled) {
    request.stream.answer(FrameType::kDone, wire::Done());
  } else {
    request.stream.answer(cancelled.error());
  }
}

}  // namespace ndisk::server
