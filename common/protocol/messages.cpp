#include "common/protocol/messages.hpp"

#include <algorithm>

namespace ndisk::protocol {
namespace {

constexpr std::size_t kMaxErrorTextBytes = 4096;

template <std::size_t N>
Result<std::array<std::uint8_t, N>> fixed_field(std::string_view bytes, const char* field) {
  std::array<std::uint8_t, N> out;
  if (bytes.size() != N) {
    return fail(ErrorCode::kProtocol, std::string(field) + " must have " + std::to_string(N) + " bytes, not " +
                                          std::to_string(bytes.size()));
  }
  std::ranges::copy(as_bytes(bytes), out.begin());
  return out;
}

}  // namespace

Result<void> parse_into(google::protobuf::MessageLite& message, ByteView payload) {
  if (message.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) return {};
  return fail(ErrorCode::kProtocol, "the bytes are not a message " + message.GetTypeName());
}

Result<RequestId> request_id_field(std::string_view bytes) { return fixed_field<kRequestIdBytes>(bytes, "request_id"); }
Result<UploadId> upload_id_field(std::string_view bytes) { return fixed_field<kUploadIdBytes>(bytes, "upload_id"); }
Result<Digest> digest_field(std::string_view bytes) { return fixed_field<32>(bytes, "sha256"); }
Result<RemotePath> path_field(std::string_view bytes) { return RemotePath::from_wire(bytes); }

wire::ErrorMessage to_wire(const Error& error) {
  wire::ErrorMessage message;
  message.set_code(static_cast<wire::ErrorCode>(error.code));
  // proto3 strings are UTF-8; messages show names escaped, so a cut may only split what is multi-byte already.
  auto text = error.message.substr(0, kMaxErrorTextBytes);
  while (!text.empty() && error.message.size() > text.size() && (text.back() & 0x80) != 0) text.pop_back();
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
