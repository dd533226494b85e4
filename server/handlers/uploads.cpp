#include "server/handlers/convert.hpp"
#include "server/handlers/rows.hpp"

namespace ndisk::server {

using protocol::FrameType;

net::Task<> handle_list_uploads(Request request, Stream::Incoming first) {
  const auto message = protocol::parse_message<wire::ListUploads>(first.frame.payload);
  if (!message) co_return request.stream.answer(message.error());
  first = {};
  const auto share = co_await request.outgoing.take(protocol::kMaxControlBytes);
  auto fetch = [&request] { return request.services.drive.uploads(request.actor); };
  const auto uploads = co_await net::run_blocking(request.pool, fetch);
  if (!uploads) co_return request.stream.answer(uploads.error());
  RowWriter<wire::UploadsPage> writer(request.stream, FrameType::kUploadsPage);
  Result<void> sent;
  for (auto upload = uploads->begin(); sent && upload != uploads->end(); ++upload) {
    auto row = to_wire(*upload);
    sent = co_await writer.add(&wire::UploadsPage::mutable_uploads, std::move(row));
  }
  if (sent) sent = co_await writer.flush();
  end_rows(request.stream, sent);
}

net::Task<> handle_cancel_upload(Request request, Stream::Incoming first) {
  const auto message = protocol::parse_message<wire::CancelUpload>(first.frame.payload);
  if (!message) co_return request.stream.answer(message.error());
  const auto id = protocol::upload_id_field(message->upload_id());
  first = {};
  if (!id) co_return request.stream.answer(id.error());
  auto cancel = [&request, &id] { return request.services.drive.cancel_upload(request.actor, *id); };
  const auto cancelled = co_await net::run_blocking(request.upload_pool, cancel);
  if (cancelled) {
    request.stream.answer(FrameType::kDone, wire::Done());
  } else {
    request.stream.answer(cancelled.error());
  }
}

}  // namespace ndisk::server
