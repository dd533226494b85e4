// Arbitrary bytes as what one end of a connection sends: frames that are whole, so that more of them get past the
// parser. Pure.
#pragma once

#include "common/protocol/frame.hpp"
#include "tests/fuzz/choices.hpp"

namespace ndisk::fuzz {

// Of each frame one byte names the type, one the stream, two the length of the payload that follows.
[[nodiscard]] Bytes scripted_frames(Choices& choices);

void append_frame(Bytes& out, protocol::FrameType type, protocol::StreamId stream, ByteView payload);

}  // namespace ndisk::fuzz
