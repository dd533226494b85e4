#include "server/handlers/convert.hpp"
#include "server/handlers/rows.hpp"

namespace ndisk::server {
namespace {

using protocol::FrameType;

Result<storage::UploadId> parse_cancel(const Bytes& payload) {
  const auto message = protocol::parse_message<wire::CancelUpload>(payload);
  if (!message) return std::unexpected(message.error());
  return protocol::upload_id_field(message->upload_id());
}

}  // namespace

net::Task<> handle_list_uploads(Request request, Stream::Incoming first) {
  const auto checked = check_message<wire::ListUploads>(first.frame.payload);
  if (!checked) co_return request.stream.answer(checked.error());
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
  const auto id = parse_cancel(first.frame.payload);
  if (!id) co_return request.stream.answer(id.error());
  first = {};
  auto cancel = [&request, &id] { return request.services.drive.cancel_upload(request.actor, *id); };
  const auto cancelled = co_await net::run_blocking(request.upload_pool, cancel);
  if (cancelled) {
    request.stream.answer(FrameType::kDone, wire::Done());
  } else {
    request.stream.answer(cancelled.error());
  }
}

}  // namespace ndisk::server
