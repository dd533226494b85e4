#include "common/net/bulk_frame.hpp"
#include "common/protocol/messages.hpp"
#include "tests/catch.hpp"

namespace ndisk::net {
namespace {

using protocol::FrameType;

wire::PutSmall message_at(const std::string& path) {
  wire::PutSmall message;
  message.set_path(path);
  return message;
}

}  // namespace

TEST_CASE("bulk frame: content that has room in front of it becomes the same frame, whatever the room") {
  const auto message = message_at("folder/file");
  const auto exact = small_prefix_bytes(message);
  const auto room = GENERATE_COPY(std::size_t{0}, exact - 1, exact, exact + 1, exact + 100);
  const auto content = as_bytes("content");
  Bytes bytes(room, 0xff);
  bytes.insert(bytes.end(), content.begin(), content.end());
  const auto frame = encode_small_frame_around(FrameType::kPutSmall, 3, message, std::move(bytes), room);
  CHECK(frame == encode_small_frame(FrameType::kPutSmall, 3, message, content));
}

TEST_CASE("bulk frame: content behind as much room as is needed stays where it is") {
  const auto message = message_at("folder/file");
  const auto room = small_prefix_bytes(message);
  Bytes bytes(room + 100'000);
  const auto* const before = bytes.data();
  const auto frame = encode_small_frame_around(FrameType::kPutSmall, 3, message, std::move(bytes), room);
  CHECK(frame.data() == before);
  CHECK(frame.size() == room + 100'000);
}

}  // namespace ndisk::net
