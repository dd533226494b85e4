#include "tests/fuzz/scripted_frames.hpp"

#include <vector>

#include "common/protocol/frame.hpp"

namespace ndisk::fuzz {
namespace {

std::vector<protocol::FrameType> known_types() {
  std::vector<protocol::FrameType> types;
  for (unsigned number = 0; number < 256; ++number) {
    const auto byte = static_cast<std::uint8_t>(number);
    if (protocol::is_known_frame_type(byte)) types.push_back(protocol::FrameType{byte});
  }
  return types;
}

}  // namespace

void append_frame(Bytes& out, protocol::FrameType type, protocol::StreamId stream, ByteView payload) {
  const auto header = protocol::encode_header({static_cast<std::uint32_t>(payload.size()), type, stream});
  out.insert(out.end(), header.begin(), header.end());
  out.insert(out.end(), payload.begin(), payload.end());
}

Bytes scripted_frames(Choices& choices) {
  static const auto types = known_types();  // a constant that has to be worked out
  Bytes out;
  while (!choices.is_over()) {
    const auto number = choices.byte();
    const auto type =
        protocol::is_known_frame_type(number) ? protocol::FrameType{number} : types[number % types.size()];
    const auto stream = choices.byte();
    const auto length = choices.byte() * std::size_t{256} + choices.byte();
    append_frame(out, type, stream, choices.piece(length));
  }
  return out;
}

}  // namespace ndisk::fuzz
