#include "client/upload/replay_buffer.hpp"
#include "tests/catch.hpp"

namespace ndisk::client {
namespace {

void add(ReplayBuffer& buffer, std::string_view text) { buffer.add(Bytes(text.begin(), text.end())); }

ReplayBuffer filled() {
  ReplayBuffer buffer(12);
  add(buffer, "0123");
  add(buffer, "4567");
  add(buffer, "89");
  return buffer;
}

TEST_CASE("replay buffer: has room up to its limit") {
  const auto buffer = filled();
  CHECK(buffer.has_room(2));
  CHECK(!buffer.has_room(3));
}

TEST_CASE("replay buffer: what is safe elsewhere makes room, in whole blocks") {
  auto buffer = filled();
  buffer.forget_before(7);
  CHECK(buffer.start() == 4);
  CHECK(buffer.has_room(6));
  CHECK(!buffer.has_room(7));
}

TEST_CASE("replay buffer: gives what it keeps from any offset to the end of a block") {
  const auto buffer = filled();
  CHECK(as_text(buffer.piece_at(0)) == "0123");
  CHECK(as_text(buffer.piece_at(5)) == "567");
  CHECK(as_text(buffer.piece_at(9)) == "9");
  CHECK(buffer.piece_at(10).empty());
}

TEST_CASE("replay buffer: knows the digest before every offset that it keeps") {
  auto buffer = filled();
  buffer.forget_before(4);
  CHECK(buffer.digest_before(4) == sha256(as_bytes("0123")));
  CHECK(buffer.digest_before(6) == sha256(as_bytes("012345")));
  CHECK(buffer.digest_before(10) == sha256(as_bytes("0123456789")));
}

TEST_CASE("replay buffer: an offset that was forgotten or has not come yet is an error that names it") {
  auto buffer = filled();
  buffer.forget_before(4);
  for (const std::uint64_t offset : {3, 11}) {
    const auto digest = buffer.digest_before(offset);
    REQUIRE(!digest);
    CHECK(digest.error().code == ErrorCode::kNetwork);
    CHECK(digest.error().message.find("byte " + std::to_string(offset)) != std::string::npos);
  }
}

TEST_CASE("replay buffer: all that was forgotten still counts for the digest of the whole") {
  auto buffer = filled();
  buffer.forget_before(100);
  CHECK(buffer.start() == buffer.end());
  CHECK(buffer.digest() == sha256(as_bytes("0123456789")));
}

TEST_CASE("replay buffer: an empty stream has the digest of nothing") {
  const ReplayBuffer buffer(10);
  CHECK(buffer.end() == 0);
  CHECK(buffer.digest_before(0) == sha256({}));
}

}  // namespace
}  // namespace ndisk::client
