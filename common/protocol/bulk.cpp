#include "common/protocol/bulk.hpp"

namespace ndisk::protocol {

std::array<std::uint8_t, kDataHeaderBytes> encode_data_offset(std::uint64_t offset) {
  std::array<std::uint8_t, kDataHeaderBytes> out;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint8_t>(offset >> (56 - 8 * i));
  return out;
}

Result<DataView> parse_data(ByteView payload) {
  if (payload.size() <= kDataHeaderBytes) return fail(ErrorCode::kProtocol, "a Data frame without content");
  DataView view{0, payload.subspan(kDataHeaderBytes)};
  for (auto byte : payload.first(kDataHeaderBytes)) view.offset = view.offset << 8 | byte;
  if (view.content.size() > kMaxDataBytes) {
    return fail(ErrorCode::kProtocol, "a Data frame with over " + std::to_string(kMaxDataBytes) + " bytes of content");
  }
  if (view.offset > kMaxFileBytes - view.content.size()) {
    return fail(ErrorCode::kProtocol, "a Data frame that ends after 2^63 - 1");
  }
  return view;
}

Bytes encode_small_prefix(std::string_view message) {
  Bytes out;
  out.reserve(kSmallLengthBytes + message.size());
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(message.size() >> shift));
  const auto bytes = as_bytes(message);
  out.insert(out.end(), bytes.begin(), bytes.end());
  return out;
}

Result<SmallView> parse_small(ByteView payload) {
  if (payload.size() < kSmallLengthBytes) return fail(ErrorCode::kProtocol, "a small file's frame is cut short");
  std::size_t length = 0;
  for (auto byte : payload.first(kSmallLengthBytes)) length = length << 8 | byte;
  if (length > kMaxBulkHeaderBytes) {
    return fail(ErrorCode::kProtocol,
                "a small file's message is over " + std::to_string(kMaxBulkHeaderBytes) + " bytes");
  }
  const auto rest = payload.subspan(kSmallLengthBytes);
  if (length > rest.size()) return fail(ErrorCode::kProtocol, "a small file's message is longer than its frame");
  const SmallView view{rest.first(length), rest.subspan(length)};
  if (view.content.size() > kMaxSmallFileBytes) {
    return fail(ErrorCode::kProtocol,
                "a small file with over " + std::to_string(kMaxSmallFileBytes) + " bytes of content");
  }
  return view;
}

}  // namespace ndisk::protocol
