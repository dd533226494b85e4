// The state machine of a session: whatever frames come, in whatever order, it answers by the protocol and ends.
#include "tests/fuzz/conversation.hpp"
#include "tests/fuzz/targets.hpp"
#include "tests/server/fake_drive.hpp"

namespace ndisk::fuzz {

void session(ByteView input) {
  static const Bytes content(100'000, std::uint8_t{7});
  server::FakeDrive drive;
  drive.versions_held = 300;
  drive.trash_items = 20;
  if (input.size() % 2 == 0) drive.held = content;
  drive.pages.push_back({.entries = {{.path = "a", .kind = storage::Kind::kFile}}, .last = true});
  converse(drive, conversation_of(input));
  const auto& log = drive.log;
  const auto given_back = log.paused_uploads + log.committed_uploads + log.abandoned_uploads;
  require(given_back >= log.committed_uploads, "every upload is given back");
}

}  // namespace ndisk::fuzz
