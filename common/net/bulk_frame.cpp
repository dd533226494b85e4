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

SmallFrame::SmallFrame(protocol::FrameType type, protocol::StreamId stream,
                       const google::protobuf::MessageLite& message, std::size_t content_bytes)
    : content_bytes_(content_bytes) {
  const auto prefix = protocol::encode_small_prefix(message.SerializeAsString());
  const auto length = static_cast<std::uint32_t>(prefix.size() + content_bytes);
  const auto header = protocol::encode_header({length, type, stream});
  bytes_.reserve(header.size() + length);
  bytes_.insert(bytes_.end(), header.begin(), header.end());
  bytes_.insert(bytes_.end(), prefix.begin(), prefix.end());
  bytes_.resize(header.size() + length);
}

Bytes encode_small_frame(protocol::FrameType type, protocol::StreamId stream,
                         const google::protobuf::MessageLite& message, ByteView content) {
  SmallFrame frame(type, stream, message, content.size());
  std::ranges::copy(content, frame.content().begin());
  return std::move(frame).finish();
}

}  // namespace ndisk::net
