#include "client/upload/upload.hpp"

#include "client/upload/large_upload.hpp"
#include "common/net/bulk_frame.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

using protocol::FrameType;

wire::PutSmall message_of(const UploadOrder& order, const Stamp& stamp, const Digest& sha256,
                          const protocol::RequestId& id) {
  wire::PutSmall message;
  message.set_request_id(std::string(as_text(id)));
  message.set_path(order.remote.bytes());
  *message.mutable_attributes() = attributes_of(stamp);
  message.set_sha256(std::string(as_text(sha256)));
  message.set_kind(order.is_link ? wire::LINK : wire::FILE);
  message.set_receipt(order.terms.receipt);
  if (auto precondition = precondition_of(order.terms)) *message.mutable_precondition() = std::move(*precondition);
  return message;
}

// Nothing if the file has become too large for one frame.
net::Task<Result<std::optional<Uploaded>>> upload_small(Transfer& transfer, const UploadOrder& order) {
  auto id = transfer.link.new_request_id();
  std::optional<Digest> tried;
  Link::Tries tries;
  const auto room_of = [&order, &id](const Stamp& stamp) {
    return net::small_prefix_bytes(message_of(order, stamp, Digest(), id));
  };
  auto read = [&order, &room_of] {
    return order.is_link ? read_link(order.local, order.followed) : read_small(order.local, order.followed, room_of);
  };
  for (;;) {
    auto content = co_await net::run_blocking(transfer.pool, read);
    if (!content) co_return std::unexpected(content.error());
    if (!*content) co_return std::nullopt;
    // Other content is another request: the answer to the first must not be taken for its own.
    if (tried && *tried != (*content)->sha256) id = transfer.link.new_request_id();
    tried = (*content)->sha256;
    auto uploaded = co_await send_small(transfer.link, order, std::move(**content), id);
    if (uploaded) {
      transfer.progress.moved(uploaded->size);
      transfer.link.note_progress();
      co_return *uploaded;
    }
    auto retry = co_await transfer.link.before_retry(uploaded.error(), tries);
    if (!retry) co_return std::unexpected(retry.error());
  }
}

}  // namespace

wire::Attributes attributes_of(const Stamp& stamp) {
  wire::Attributes attributes;
  attributes.set_mtime_ns(stamp.mtime);
  attributes.set_mode(stamp.mode);
  return attributes;
}

Result<Uploaded> check_committed(const wire::Committed& committed, const Digest& sha256, const Stamp& stamp,
                                 const RemotePath& remote) {
  const auto digest = protocol::digest_field(committed.sha256());
  if (!digest) return std::unexpected(digest.error());
  if (*digest != sha256 || committed.size() != stamp.size) {
    return fail(ErrorCode::kIntegrity, shown_name(remote.bytes()) + ": the server holds other bytes than were sent (" +
                                           to_hex(*digest) + " instead of " + to_hex(sha256) + "); put it again");
  }
  return Uploaded{.version = committed.version(),
                  .size = committed.size(),
                  .sha256 = *digest,
                  .change = committed.change(),
                  .unchanged = committed.unchanged(),
                  .instant = committed.instant(),
                  .healed = committed.healed(),
                  .stamp = stamp,
                  .receipt = committed.has_receipt() ? std::optional(committed.receipt()) : std::nullopt};
}

std::optional<wire::Precondition> precondition_of(const UploadTerms& terms) {
  wire::Precondition precondition;
  if (terms.must_not_exist) precondition.set_must_not_exist(true);
  if (terms.if_version) precondition.set_if_version(*terms.if_version);
  return terms.must_not_exist || terms.if_version ? std::optional(std::move(precondition)) : std::nullopt;
}

net::Task<Result<Uploaded>> send_small(Link& link, const UploadOrder& order, SmallContent content,
                                       const protocol::RequestId& id) {
  auto stream = co_await link.open_stream();
  if (!stream) co_return std::unexpected(stream.error());
  const auto message = message_of(order, content.stamp, content.sha256, id);
  auto frame = net::encode_small_frame_around(FrameType::kPutSmall, protocol::kSessionStream, message,
                                              std::move(content.bytes), content.room);
  auto sent = co_await (*stream)->send(std::move(frame));
  if (!sent) co_return std::unexpected(sent.error());
  const auto committed = co_await (*stream)->receive<wire::Committed>(FrameType::kCommitted);
  if (!committed) co_return std::unexpected(committed.error());
  (*stream)->mark_ended();
  co_return check_committed(*committed, content.sha256, content.stamp, order.remote);
}

net::Task<Result<Uploaded>> upload_file(Transfer& transfer, const UploadOrder& order) {
  const bool in_one_frame = order.is_link || (order.stamp.size <= protocol::kMaxSmallFileBytes && !order.held);
  if (in_one_frame) {
    auto uploaded = co_await upload_small(transfer, order);
    if (!uploaded) co_return std::unexpected(uploaded.error());
    if (*uploaded) co_return **uploaded;
  }
  LargeUpload upload(transfer, order);
  co_return co_await upload.run();
}

}  // namespace ndisk::client
