// Whole frames that carry content, built in one buffer so that content is never copied again. Pure; any thread.
#pragma once

#include "common/bytes.hpp"
#include "common/protocol/bulk.hpp"
#include "common/protocol/frame.hpp"

namespace google::protobuf {
class MessageLite;
}

namespace ndisk::net {

// What stands before the content of a Data frame: frame header and offset.
inline constexpr std::size_t kDataPrefixBytes = protocol::kFrameHeaderBytes + protocol::kDataHeaderBytes;

// A buffer for one Data frame with room for `content_bytes` (1 to kMaxDataBytes) at content().
class DataFrame {
 public:
  explicit DataFrame(std::size_t content_bytes) : bytes_(kDataPrefixBytes + content_bytes) {}
  [[nodiscard]] std::span<std::uint8_t> content() { return std::span(bytes_).subspan(kDataPrefixBytes); }
  // Cuts the content to its first `content_bytes`, writes the headers, and gives the frame out.
  [[nodiscard]] Bytes finish(protocol::StreamId stream, std::uint64_t offset, std::size_t content_bytes) &&;

 private:
  Bytes bytes_;
};

// A PutSmall or SmallFile frame, whose content is read into it.
class SmallFrame {
 public:
  SmallFrame() = default;
  SmallFrame(protocol::FrameType type, protocol::StreamId stream, const google::protobuf::MessageLite& message,
             std::size_t content_bytes);
  [[nodiscard]] std::span<std::uint8_t> content() { return std::span(bytes_).last(content_bytes_); }
  [[nodiscard]] Bytes finish() && { return std::move(bytes_); }

 private:
  Bytes bytes_;
  std::size_t content_bytes_ = 0;
};

// What stands before the content of a PutSmall or SmallFile frame with this message.
[[nodiscard]] std::size_t small_prefix_bytes(const google::protobuf::MessageLite& message);
// The frame around content that stands in `bytes` behind `room` bytes of anything. If these are as many as
// small_prefix_bytes(), the content is not moved.
[[nodiscard]] Bytes encode_small_frame_around(protocol::FrameType type, protocol::StreamId stream,
                                              const google::protobuf::MessageLite& message, Bytes bytes,
                                              std::size_t room);

// The same of content that is elsewhere.
[[nodiscard]] Bytes encode_small_frame(protocol::FrameType type, protocol::StreamId stream,
                                       const google::protobuf::MessageLite& message, ByteView content);

}  // namespace ndisk::net
