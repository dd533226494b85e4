#include "common/net/bulk_frame.hpp"

#include <google/protobuf/message_lite.h>

#include <algorithm>

namespace ndisk::net {
namespace {

// What stands before `content_bytes` of content.
Bytes encode_prefix(protocol::FrameType type, protocol::StreamId stream, const google::protobuf::MessageLite& message,
                    std::size_t content_bytes) {
  const auto described = protocol::encode_small_prefix(message.SerializeAsString());
  const auto length = static_cast<std::uint32_t>(described.size() + content_bytes);
  const auto header = protocol::encode_header({length, type, stream});
  Bytes prefix(header.begin(), header.end());
  prefix.insert(prefix.end(), described.begin(), described.end());
  return prefix;
}

}  // namespace

Bytes DataFrame::finish(protocol::StreamId stream, std::uint64_t offset, std::size_t content_bytes) && {
  bytes_.resize(kDataPrefixBytes + content_bytes);
  const auto length = static_cast<std::uint32_t>(protocol::kDataHeaderBytes + content_bytes);
  const auto header = protocol::encode_header({length, protocol::FrameType::kData, stream});
  const auto prefix = protocol::encode_data_offset(offset);
  std::ranges::copy(prefix, std::ranges::copy(header, bytes_.begin()).out);
  return std::move(bytes_);
}

SmallFrame::SmallFrame(protocol::FrameType type, protocol::StreamId stream,
                       const google::protobuf::MessageLite& message, std::size_t content_bytes)
    : content_bytes_(content_bytes) {
  const auto prefix = encode_prefix(type, stream, message, content_bytes);
  bytes_.resize(prefix.size() + content_bytes);
  std::ranges::copy(prefix, bytes_.begin());
}

std::size_t small_prefix_bytes(const google::protobuf::MessageLite& message) {
  return protocol::kFrameHeaderBytes + protocol::kSmallLengthBytes + message.ByteSizeLong();
}

Bytes encode_small_frame_around(protocol::FrameType type, protocol::StreamId stream,
                                const google::protobuf::MessageLite& message, Bytes bytes, std::size_t room) {
  const auto prefix = encode_prefix(type, stream, message, bytes.size() - room);
  const auto whole = prefix.size() + bytes.size() - room;
  if (prefix.size() > room) bytes.insert(bytes.begin(), prefix.size() - room, 0);
  if (prefix.size() < room) bytes.erase(bytes.begin(), bytes.end() - static_cast<std::ptrdiff_t>(whole));
  std::ranges::copy(prefix, bytes.begin());
  return bytes;
}

Bytes encode_small_frame(protocol::FrameType type, protocol::StreamId stream,
                         const google::protobuf::MessageLite& message, ByteView content) {
  SmallFrame frame(type, stream, message, content.size());
  std::ranges::copy(content, frame.content().begin());
  return std::move(frame).finish();
}

}  // namespace ndisk::net
