#include "common/protocol/bulk.hpp"

#include "tests/catch.hpp"

namespace ndisk::protocol {
namespace {

Bytes data_payload(std::uint64_t offset, std::size_t content_bytes) {
  const auto header = encode_data_offset(offset);
  Bytes payload(header.begin(), header.end());
  payload.resize(payload.size() + content_bytes, 0x5A);
  return payload;
}

Bytes small_payload(std::size_t message_bytes, std::size_t content_bytes) {
  auto payload = encode_small_prefix(std::string(message_bytes, 'm'));
  payload.resize(payload.size() + content_bytes, 'c');
  return payload;
}

template <class T>
void check_refused(const Result<T>& result, std::string_view words) {
  REQUIRE_FALSE(result);
  CHECK(result.error().code == ErrorCode::kProtocol);
  CHECK_THAT(result.error().message, Catch::Contains(std::string(words)));
}

TEST_CASE("data: the offset is eight big-endian bytes before the content") {
  CHECK(to_hex(encode_data_offset(0x0102030405060708)) == "0102030405060708");
  const Bytes payload{0, 0, 0, 0, 0, 1, 0, 2, 'a', 'b', 'c'};
  const auto view = parse_data(payload);
  REQUIRE(view);
  CHECK(view->offset == 65538);
  CHECK(as_text(view->content) == "abc");
  CHECK(view->content.data() == payload.data() + 8);
}

TEST_CASE("data: a payload without content is refused") {
  for (std::size_t size = 0; size <= kDataHeaderBytes; ++size) {
    CAPTURE(size);
    check_refused(parse_data(Bytes(size)), "without content");
  }
  CHECK(parse_data(Bytes(kDataHeaderBytes + 1)));
}

TEST_CASE("data: at most 256 KiB of content") {
  CHECK(parse_data(data_payload(0, kMaxDataBytes)).value().content.size() == 262'144);
  check_refused(parse_data(data_payload(0, kMaxDataBytes + 1)), "over 262144 bytes");
}

TEST_CASE("data: content may end at the largest size of a file and not after it") {
  CHECK(parse_data(data_payload(kMaxFileBytes - 5, 5)).value().offset == kMaxFileBytes - 5);
  check_refused(parse_data(data_payload(kMaxFileBytes - 4, 5)), "2^63");
  check_refused(parse_data(data_payload(kMaxFileBytes, 1)), "2^63");
  check_refused(parse_data(data_payload(~std::uint64_t{0}, 1)), "2^63");
}

TEST_CASE("small file: the message's length, the message, the content") {
  CHECK(encode_small_prefix("abc") == Bytes{0, 0, 0, 3, 'a', 'b', 'c'});
  const Bytes payload{0, 0, 0, 2, 'm', 'm', 'c'};
  const auto view = parse_small(payload);
  REQUIRE(view);
  CHECK(as_text(view->message) == "mm");
  CHECK(as_text(view->content) == "c");
}

TEST_CASE("small file: message and content may both be empty") {
  const auto view = parse_small(Bytes(4));
  REQUIRE(view);
  CHECK(view->message.empty());
  CHECK(view->content.empty());
}

TEST_CASE("small file: a payload cut before the end of its message is refused") {
  const auto payload = small_payload(20, 0);
  for (std::size_t size = 0; size < payload.size(); ++size) {
    CAPTURE(size);
    check_refused(parse_small(ByteView(payload).first(size)), size < 4 ? "cut short" : "longer than its frame");
  }
  CHECK(parse_small(payload));
}

TEST_CASE("small file: at most 8 KiB of message") {
  CHECK(parse_small(small_payload(kMaxBulkHeaderBytes, 1)).value().message.size() == 8192);
  check_refused(parse_small(small_payload(kMaxBulkHeaderBytes + 1, 1)), "over 8192 bytes");
  check_refused(parse_small(Bytes{0xFF, 0xFF, 0xFF, 0xFF, 1}), "over 8192 bytes");
}

TEST_CASE("small file: at most 64 KiB of content") {
  CHECK(parse_small(small_payload(1, kMaxSmallFileBytes)).value().content.size() == 196'608);
  check_refused(parse_small(small_payload(1, kMaxSmallFileBytes + 1)), "over 196608 bytes");
}

TEST_CASE("bulk: the largest payloads fit a frame") {
  CHECK(kDataHeaderBytes + kMaxDataBytes <= kMaxPayloadBytes);
  CHECK(4 + kMaxBulkHeaderBytes + kMaxSmallFileBytes <= kMaxPayloadBytes);
}

}  // namespace
}  // namespace ndisk::protocol
