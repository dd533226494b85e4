#include "server/handlers/convert.hpp"

#include "server/handlers/entries.hpp"

namespace ndisk::server {

storage::Attributes attributes_of(const wire::Attributes& message) {
  return {.mtime = message.mtime_ns(), .mode = message.mode() & 0777};
}

storage::Precondition precondition_of(const wire::Precondition& message) {
  storage::Precondition precondition;
  precondition.must_not_exist = message.must_not_exist();
  if (message.has_if_version()) precondition.if_version = message.if_version();
  return precondition;
}

wire::Committed to_wire(const storage::Committed& committed) {
  wire::Committed message;
  message.set_version(committed.version);
  message.set_size(committed.size);
  message.set_sha256(std::string(as_text(committed.sha256)));
  message.set_change(committed.change);
  message.set_unchanged(committed.unchanged);
  message.set_instant(committed.instant);
  message.set_healed(committed.healed);
  return message;
}

wire::UploadInfo to_wire(const storage::UploadSummary& upload) {
  wire::UploadInfo message;
  message.set_upload_id(std::string(as_text(upload.id)));
  message.set_path(upload.path);
  if (upload.size) message.set_size(*upload.size);
  message.set_durable(upload.durable);
  message.set_started_ns(upload.started);
  message.set_touched_ns(upload.touched);
  message.set_device_name(upload.device_name);
  message.set_active(upload.active);
  return message;
}

Result<storage::SmallFile> small_file_of(const wire::PutSmall& message) {
  const auto request_id = protocol::request_id_field(message.request_id());
  if (!request_id) return std::unexpected(request_id.error());
  auto path = protocol::path_field(message.path());
  if (!path) return std::unexpected(path.error());
  const auto sha256 = protocol::digest_field(message.sha256());
  if (!sha256) return std::unexpected(sha256.error());
  const auto kind = content_kind_of(message.kind());
  if (!kind) return std::unexpected(kind.error());
  return storage::SmallFile{.request_id = *request_id,
                            .path = std::move(*path),
                            .attributes = attributes_of(message.attributes()),
                            .sha256 = *sha256,
                            .content = {},
                            .precondition = precondition_of(message.precondition()),
                            .kind = *kind,
                            .receipt = message.receipt()};
}

Result<storage::UploadOffer> upload_offer_of(const wire::Offer& message) {
  const auto request_id = protocol::request_id_field(message.request_id());
  if (!request_id) return std::unexpected(request_id.error());
  auto path = protocol::path_field(message.path());
  if (!path) return std::unexpected(path.error());
  storage::UploadOffer offer{.request_id = *request_id,
                             .path = std::move(*path),
                             .attributes = attributes_of(message.attributes()),
                             .size = {},
                             .sha256 = {},
                             .precondition = precondition_of(message.precondition()),
                             .start_over = message.start_over(),
                             .receipt = message.receipt()};
  if (message.has_size()) {
    if (message.size() > protocol::kMaxFileBytes) return fail(ErrorCode::kProtocol, "Offer.size is over 2^63 - 1");
    offer.size = message.size();
  }
  if (!message.sha256().empty()) {
    const auto sha256 = protocol::digest_field(message.sha256());
    if (!sha256) return std::unexpected(sha256.error());
    offer.sha256 = *sha256;
  }
  return offer;
}

}  // namespace ndisk::server
