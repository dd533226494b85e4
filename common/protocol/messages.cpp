#include "common/protocol/messages.hpp"

#include <google/protobuf/stubs/logging.h>

#include <algorithm>

#include "common/shown_name.hpp"

namespace ndisk::protocol {
namespace {

template <std::size_t N>
Result<std::array<std::uint8_t, N>> fixed_field(std::string_view bytes, const char* field) {
  std::array<std::uint8_t, N> out;
  if (bytes.size() != N) {
    return fail(ErrorCode::kProtocol,
                std::string(field) + " must have " + std::to_string(N) + " bytes, not " + std::to_string(bytes.size()));
  }
  std::ranges::copy(as_bytes(bytes), out.begin());
  return out;
}

// Of valid UTF-8: as many whole characters as fit.
void cut_between_characters(std::string& text, std::size_t limit) {
  if (text.size() <= limit) return;
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0) == 0x80) --limit;
  text.resize(limit);
}

}  // namespace

Result<void> parse_into(google::protobuf::MessageLite& message, ByteView payload) {
  // protobuf would write about bad input to standard error by itself, once for each message that a stranger sends.
  static const google::protobuf::LogSilencer silence;
  if (message.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) return {};
  return fail(ErrorCode::kProtocol, "the bytes are not a message " + message.GetTypeName());
}

Result<RequestId> request_id_field(std::string_view bytes) { return fixed_field<kRequestIdBytes>(bytes, "request_id"); }
Result<UploadId> upload_id_field(std::string_view bytes) { return fixed_field<kUploadIdBytes>(bytes, "upload_id"); }
Result<DeviceId> device_id_field(std::string_view bytes) { return fixed_field<kDeviceIdBytes>(bytes, "device_id"); }
Result<Digest> digest_field(std::string_view bytes) { return fixed_field<32>(bytes, "sha256"); }
Result<RemotePath> path_field(std::string_view bytes) { return RemotePath::from_wire(bytes); }

wire::ErrorMessage to_wire(const Error& error) {
  wire::ErrorMessage message;
  const int code = static_cast<int>(error.code);
  message.set_code(wire::ErrorCode_IsValid(code) ? static_cast<wire::ErrorCode>(code) : wire::INTERNAL);
  // proto3 strings are UTF-8: a reader would refuse the whole message over one other byte.
  auto text = is_utf8(error.message) ? error.message : shown_name(error.message);
  cut_between_characters(text, kMaxErrorTextBytes);
  message.set_message(std::move(text));
  message.set_retryable(error.retryable);
  return message;
}

Error from_wire(const wire::ErrorMessage& message) {
  const bool known = wire::ErrorCode_IsValid(message.code()) && message.code() != wire::ERROR_CODE_UNSPECIFIED;
  return {known ? static_cast<ErrorCode>(message.code()) : ErrorCode::kInternal, message.message(),
          message.retryable()};
}

}  // namespace ndisk::protocol
