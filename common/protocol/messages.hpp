// Control messages as protobuf, to and from payload bytes, and the checks that protobuf itself does not make.
// Pure; any thread. protobuf's exceptions and partial parses end here.
#pragma once

#include <google/protobuf/message_lite.h>

#include "administration.pb.h"
#include "common/bytes.hpp"
#include "common/digest.hpp"
#include "common/error.hpp"
#include "common/protocol/frame.hpp"
#include "common/protocol/limits.hpp"
#include "common/remote_path.hpp"
#include "ndisk.pb.h"

namespace ndisk::protocol {

using RequestId = std::array<std::uint8_t, kRequestIdBytes>;
using UploadId = std::array<std::uint8_t, kUploadIdBytes>;
using DeviceId = std::array<std::uint8_t, kDeviceIdBytes>;

// kProtocol, naming the type, if the bytes are not one whole message.
[[nodiscard]] Result<void> parse_into(google::protobuf::MessageLite& message, ByteView payload);

template <class Message>
[[nodiscard]] Result<Message> parse_message(ByteView payload) {
  Message message;
  if (auto parsed = parse_into(message, payload); !parsed) return std::unexpected(parsed.error());
  return message;
}

// Field checks. Each names the field in its error (kProtocol; a path that breaks a rule of paths is kInvalid).
[[nodiscard]] Result<RequestId> request_id_field(std::string_view bytes);
[[nodiscard]] Result<UploadId> upload_id_field(std::string_view bytes);
[[nodiscard]] Result<DeviceId> device_id_field(std::string_view bytes);
[[nodiscard]] Result<Digest> digest_field(std::string_view bytes);
[[nodiscard]] Result<RemotePath> path_field(std::string_view bytes);

// Error <-> ErrorMessage. Unknown codes read as kInternal, and kSomeFailed is written as it; a text over
// kMaxErrorTextBytes is cut when written, and bytes in it that are not UTF-8 are escaped.
[[nodiscard]] wire::ErrorMessage to_wire(const Error& error);
[[nodiscard]] Error from_wire(const wire::ErrorMessage& message);

}  // namespace ndisk::protocol
