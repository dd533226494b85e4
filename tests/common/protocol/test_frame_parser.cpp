#include "common/protocol/frame.hpp"
#include "tests/catch.hpp"

namespace ndisk::protocol {
namespace {

Bytes frame_bytes(FrameType type, StreamId stream, std::size_t payload_bytes) {
  const auto header = encode_header({static_cast<std::uint32_t>(payload_bytes), type, stream});
  Bytes bytes(header.begin(), header.end());
  for (std::size_t i = 0; i < payload_bytes; ++i) bytes.push_back(static_cast<std::uint8_t>(i * 13 + stream));
  return bytes;
}

Bytes join(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

// All frames of `bytes`, given to the parser in pieces of `piece` bytes, as bytes again.
Bytes reassemble(FrameParser& parser, ByteView bytes, std::size_t piece) {
  Bytes out;
  while (!bytes.empty()) {
    auto input = bytes.first(std::min(piece, bytes.size()));
    bytes = bytes.subspan(input.size());
    for (;;) {
      auto frame = parser.next(input);
      REQUIRE(frame);
      if (!*frame) break;
      const auto header = encode_header((*frame)->header);
      out.insert(out.end(), header.begin(), header.end());
      out.insert(out.end(), (*frame)->payload.begin(), (*frame)->payload.end());
    }
    REQUIRE(input.empty());
  }
  return out;
}

TEST_CASE("parser: frames come out whole whatever the size of the pieces") {
  const auto bytes = join({frame_bytes(FrameType::kOffer, 1, 40), frame_bytes(FrameType::kEnd, 2, 0),
                           frame_bytes(FrameType::kData, 3, 9), frame_bytes(FrameType::kPing, 0, 1)});
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    CAPTURE(piece);
    FrameParser parser;
    CHECK(reassemble(parser, bytes, piece) == bytes);
    CHECK(parser.at_boundary());
  }
}

TEST_CASE("parser: large frames come out whole whatever the size of the pieces") {
  const auto bytes =
      join({frame_bytes(FrameType::kData, 1, kMaxPayloadBytes), frame_bytes(FrameType::kData, 1, 100'000),
            frame_bytes(FrameType::kData, 1, kMaxPayloadBytes)});
  for (std::size_t piece : {1000u, 16'384u, 65'536u, 262'143u, 1'000'000u}) {
    CAPTURE(piece);
    FrameParser parser;
    CHECK((reassemble(parser, bytes, piece) == bytes));
  }
}

TEST_CASE("parser: no cut of a frame gives a frame or an error") {
  const auto bytes = frame_bytes(FrameType::kLogin, 0, 30);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CAPTURE(size);
    FrameParser parser;
    auto input = ByteView(bytes).first(size);
    const auto frame = parser.next(input);
    REQUIRE(frame);
    CHECK_FALSE(*frame);
    CHECK(input.empty());
    CHECK(parser.at_boundary() == (size == 0));
  }
}

TEST_CASE("parser: what follows a frame stays in the input") {
  const auto bytes = join({frame_bytes(FrameType::kPing, 0, 5), frame_bytes(FrameType::kPong, 0, 7)});
  FrameParser parser;
  ByteView input = bytes;
  CHECK(parser.next(input).value().value().header.type == FrameType::kPing);
  CHECK(input.size() == kFrameHeaderBytes + 7);
  CHECK(parser.at_boundary());
  CHECK(parser.next(input).value().value().header.type == FrameType::kPong);
  CHECK(input.empty());
}

TEST_CASE("parser: an error is given as soon as the header is whole, and for ever") {
  auto bytes = frame_bytes(FrameType::kPing, 0, 0);
  bytes[5] = 1;
  FrameParser parser;
  ByteView start = ByteView(bytes).first(kFrameHeaderBytes - 1);
  REQUIRE(parser.next(start));
  ByteView last = ByteView(bytes).last(1);
  const auto refused = parser.next(last);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kProtocol);

  const auto good = frame_bytes(FrameType::kPing, 0, 0);
  ByteView input = good;
  const auto again = parser.next(input);
  REQUIRE_FALSE(again);
  CHECK(again.error().message == refused.error().message);
  CHECK(input.size() == good.size());
}

TEST_CASE("parser: frames before a broken one still come out") {
  auto broken = frame_bytes(FrameType::kPing, 0, 0);
  broken[4] = 0xEE;
  const auto bytes = join({frame_bytes(FrameType::kDone, 4, 2), broken});
  FrameParser parser;
  ByteView input = bytes;
  CHECK(parser.next(input).value().value().header.stream == 4);
  CHECK_FALSE(parser.next(input));
}

TEST_CASE("parser: memory follows what came, not what the length claims") {
  const auto bytes = frame_bytes(FrameType::kData, 1, kMaxPayloadBytes);
  FrameParser parser;
  ByteView input = ByteView(bytes).first(kFrameHeaderBytes + 10);
  REQUIRE(parser.next(input));
  // Only a whole frame shows its buffer; a length of one payload can't have asked for more than that.
  input = ByteView(bytes).subspan(kFrameHeaderBytes + 10);
  const auto frame = parser.next(input);
  REQUIRE((frame && *frame));
  CHECK((*frame)->payload.capacity() <= kMaxPayloadBytes);
}

TEST_CASE("parser: a small frame after a large one does not take the large one's memory") {
  const auto bytes = join({frame_bytes(FrameType::kData, 1, kMaxPayloadBytes), frame_bytes(FrameType::kDone, 1, 3)});
  FrameParser parser;
  ByteView input = bytes;
  REQUIRE(parser.next(input).value());
  const auto frame = parser.next(input);
  REQUIRE((frame && *frame));
  CHECK((*frame)->payload.capacity() == 3);
}

}  // namespace
}  // namespace ndisk::protocol
