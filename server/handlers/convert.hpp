// Messages to storage values and back. Pure; errors as in protocol/messages.hpp.
#pragma once

#include "common/protocol/messages.hpp"
#include "storage/drive.hpp"

namespace ndisk::server {

// The path of a message of which nothing else counts. The message itself, which may hold fields that nobody knows, is
// not kept.
template <class Message>
[[nodiscard]] Result<RemotePath> parse_path(const Bytes& payload) {
  const auto message = protocol::parse_message<Message>(payload);
  if (!message) return std::unexpected(message.error());
  return protocol::path_field(message->path());
}

// The same where nothing counts at all.
template <class Message>
[[nodiscard]] Result<void> check_message(const Bytes& payload) {
  Message message;
  return protocol::parse_into(message, payload);
}

[[nodiscard]] storage::Attributes attributes_of(const wire::Attributes& message);
[[nodiscard]] storage::Precondition precondition_of(const wire::Precondition& message);
// Without the receipt.
[[nodiscard]] wire::Committed to_wire(const storage::Committed& committed);
[[nodiscard]] wire::UploadInfo to_wire(const storage::UploadSummary& upload);

// Without the content, which the caller sets.
[[nodiscard]] Result<storage::SmallFile> small_file_of(const wire::PutSmall& message);
[[nodiscard]] Result<storage::UploadOffer> upload_offer_of(const wire::Offer& message);

}  // namespace ndisk::server
