#include "common/net/bulk_frame.hpp"

#include <google/protobuf/message_lite.h>

#include <algorithm>

namespace ndisk::net {

Bytes DataFrame::finish(protocol::StreamId stream, std::uint64_t offset, std::size_t content_bytes) && {
  bytes_.resize(kDataPrefixBytes + content_bytes);
  const auto length = static_cast<std::uint32_t>(protocol::kDataHeaderBytes + content_bytes);
  const auto header = protocol::encode_header({length, protocol::FrameType::kData, stream});
  const auto prefix = protocol::encode_data_offset(offset);
  std::ranges::copy(prefix, std::ranges::copy(header, bytes_.begin()).out);
  return std::move(bytes_);
}

Bytes encode_small_frame(protocol::FrameType type, protocol::StreamId stream,
                         const google::protobuf::MessageLite& message, ByteView content) {
  const auto prefix = protocol::encode_small_prefix(message.SerializeAsString());
  const auto length = static_cast<std::uint32_t>(prefix.size() + content.size());
  const auto header = protocol::encode_header({length, type, stream});
  Bytes frame;
  frame.reserve(header.size() + length);
  frame.insert(frame.end(), header.begin(), header.end());
  frame.insert(frame.end(), prefix.begin(), prefix.end());
  frame.insert(frame.end(), content.begin(), content.end());
  return frame;
}

}  // namespace ndisk::net
