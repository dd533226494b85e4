#include "common/protocol/frame.hpp"

#include "tests/catch.hpp"

namespace ndisk::protocol {
namespace {

using HeaderBytes = std::array<std::uint8_t, kFrameHeaderBytes>;

std::vector<FrameType> known_types() {
  std::vector<FrameType> types;
  for (int number = 0; number < 256; ++number) {
    const auto byte = static_cast<std::uint8_t>(number);
    if (is_known_frame_type(byte)) types.push_back(FrameType{byte});
  }
  return types;
}

void check_refused(const HeaderBytes& bytes, std::string_view words) {
  const auto header = decode_header(bytes);
  REQUIRE_FALSE(header);
  CHECK(header.error().code == ErrorCode::kProtocol);
  CHECK_FALSE(header.error().retryable);
  CHECK_THAT(header.error().message, Catch::Contains(std::string(words)));
}

TEST_CASE("frame: a header is twelve big-endian bytes") {
  CHECK(encode_header({0x00010203, FrameType::kData, 0xA0B0C0D0}) ==
        HeaderBytes{0x00, 0x01, 0x02, 0x03, 0x24, 0x00, 0x00, 0x00, 0xA0, 0xB0, 0xC0, 0xD0});
}

TEST_CASE("frame: a header of every type comes back") {
  for (auto type : known_types()) {
    for (StreamId stream : {0u, 1u, 0xFFFFFFFFu}) {
      const FrameHeader header{513, type, stream};
      CHECK(decode_header(encode_header(header)).value() == header);
    }
  }
}

TEST_CASE("frame: every known type has a name of its own") {
  const auto types = known_types();
  CHECK(types.size() == 64);
  for (auto type : types) {
    const auto same_name = [&](FrameType other) { return frame_type_name(other) == frame_type_name(type); };
    CHECK(std::count_if(types.begin(), types.end(), same_name) == 1);
  }
  CHECK(frame_type_name(FrameType::kPutSmall) == "PutSmall");
}

TEST_CASE("frame: a number without a type is refused and named") {
  for (int number : {0x00, 0x07, 0x0F, 0x17, 0x1F, 0x2A, 0x2F, 0x37, 0x48, 0x5B, 0x70, 0x7F, 0x80, 0xFF}) {
    auto bytes = encode_header({0, FrameType::kPing, 1});
    bytes[4] = static_cast<std::uint8_t>(number);
    CHECK(frame_type_name(FrameType{bytes[4]}) == "unknown");
    check_refused(bytes, "unknown frame type 0x" + to_hex(ByteView(bytes).subspan(4, 1)));
  }
}

TEST_CASE("frame: every bit of the flags and of the reserved bytes must be 0") {
  for (std::size_t place = 5; place <= 7; ++place) {
    for (int bit = 0; bit < 8; ++bit) {
      auto bytes = encode_header({0, FrameType::kPing, 1});
      bytes[place] = static_cast<std::uint8_t>(1 << bit);
      check_refused(bytes, place == 5 ? "flags" : "reserved");
    }
  }
}

TEST_CASE("frame: only the three types that carry content are bulk") {
  for (auto type : known_types()) {
    const bool expected = type == FrameType::kPutSmall || type == FrameType::kData || type == FrameType::kSmallFile;
    CHECK(is_bulk(type) == expected);
  }
}

TEST_CASE("frame: each type takes a payload up to its limit and not a byte more") {
  for (auto type : known_types()) {
    CAPTURE(frame_type_name(type));
    const auto limit = static_cast<std::uint32_t>(is_bulk(type) ? kMaxPayloadBytes : kMaxControlBytes);
    CHECK(decode_header(encode_header({limit, type, 1})).value().length == limit);
    check_refused(encode_header({limit + 1, type, 1}), "over the limit of " + std::to_string(limit));
    check_refused(encode_header({0xFFFFFFFF, type, 1}), std::string(frame_type_name(type)));
  }
}

}  // namespace
}  // namespace ndisk::protocol
