// The state machine of a session: whatever frames come, in whatever order, it answers by the protocol and ends.
#include <algorithm>

#include "tests/fuzz/conversation.hpp"
#include "tests/fuzz/targets.hpp"
#include "tests/server/fake_drive.hpp"

namespace ndisk::fuzz {

namespace {

using protocol::FrameType;

bool is_for_administrators(const protocol::Frame& answer) {
  const auto type = answer.header.type;
  return type == FrameType::kInvite || type == FrameType::kStatus || type == FrameType::kUsersPage ||
         type == FrameType::kDevicesPage || type == FrameType::kMaintenance;
}

}  // namespace

void session(ByteView input) {
  static const Bytes content(100'000, std::uint8_t{7});
  server::FakeDrive drive;
  drive.versions_held = 300;
  drive.trash_items = 20;
  if (input.size() % 2 == 0) drive.held = content;
  drive.pages.push_back({.entries = {{.path = "a", .kind = storage::Kind::kFile}}, .last = true});
  const auto conversation = conversation_of(input);
  if (conversation.is_device) drive.fake_accounts.device = storage::Identity{{2, {7}}, "anna", "laptop"};
  const auto answers = converse(drive, conversation);
  const auto& log = drive.log;
  const auto given_back = log.paused_uploads + log.committed_uploads + log.abandoned_uploads;
  require(given_back == log.offered_uploads, "every upload is given back, once");
  if (conversation.peer.is_owner) return;
  require(log.administered == 0 && drive.fake_accounts.administered == 0, "only an administrator administers");
  require(std::ranges::none_of(answers, is_for_administrators), "and only an administrator is told how things are");
}

}  // namespace ndisk::fuzz
