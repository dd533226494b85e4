// The payloads that carry content: Data, and a small file with its message in front. Pure; any thread.
#pragma once

#include <string>

#include "common/bytes.hpp"
#include "common/protocol/frame.hpp"

namespace ndisk::protocol {

inline constexpr std::size_t kDataHeaderBytes = 8;

// The 8 bytes before the content of a Data frame: the offset in the file, big-endian.
[[nodiscard]] std::array<std::uint8_t, kDataHeaderBytes> encode_data_offset(std::uint64_t offset);

struct DataView {
  std::uint64_t offset = 0;
  ByteView content;  // views the payload that was parsed
};
// kProtocol if shorter than the offset, if the content is empty or over kMaxDataBytes, or if offset + content passes
// kMaxFileBytes.
[[nodiscard]] Result<DataView> parse_data(ByteView payload);

inline constexpr std::size_t kSmallLengthBytes = 4;

// What stands before the content in PutSmall and SmallFile frames: length of the message as u32, then the message.
[[nodiscard]] Bytes encode_small_prefix(std::string_view message);

struct SmallView {
  ByteView message;
  ByteView content;
};
// kProtocol if the lengths don't fit the payload, the message is over kMaxBulkHeaderBytes, the content over
// kMaxSmallFileBytes.
[[nodiscard]] Result<SmallView> parse_small(ByteView payload);

}  // namespace ndisk::protocol
