// A session in front of a real drive: whatever a client asks for, what the drive holds afterwards is whole and can be
// read, before and after it is opened anew; and a check of it finds nothing to mend.
#include <algorithm>
#include <future>
#include <optional>
#include <set>

#include "storage/accounts.hpp"
#include "storage/posix_file_layer.hpp"
#include "tests/fuzz/conversation.hpp"
#include "tests/fuzz/device_login.hpp"
#include "tests/fuzz/targets.hpp"
#include "tests/temporary_folder.hpp"

namespace ndisk::fuzz {
namespace {

using storage::Drive;

class DriveInFolder {
 public:
  DriveInFolder() { open(); }

  void open() {
    drive_.reset();
    auto opened = Drive::open({.data_directory = folder_.path() + "/data", .tree = false}, files_, clock_);
    require(opened.has_value(), "a drive opens whatever was done to it");
    drive_ = std::move(*opened);
  }
  [[nodiscard]] Drive& drive() const { return *drive_; }
  [[nodiscard]] storage::Actor owner() const { return drive_->accounts().local_owner().value().actor; }
  // Whose drive the session asks for: the owner's, or that of a user whose device was enrolled.
  [[nodiscard]] storage::Actor speaker() const { return enrolled_ ? *enrolled_ : owner(); }

  void enrol_device() {
    auto& accounts = drive_->accounts();
    require(accounts.create_user("anna", 1 << 20).has_value(), "there is room for a user");
    const auto token = accounts.create_invite("anna");
    require(token.has_value(), "and for an invite");
    const auto identity = accounts.enrol(*token, device_key(), "laptop");
    require(identity.has_value(), "which enrols a device");
    enrolled_ = identity->actor;
  }

 private:
  TemporaryFolder folder_;
  storage::PosixFileLayer files_;
  SystemClock clock_;
  std::unique_ptr<Drive> drive_;
  std::optional<storage::Actor> enrolled_;
};

// Users and devices, as text that two looks can be compared by.
std::set<std::string> accounts_of(const DriveInFolder& held) {
  auto& accounts = held.drive().accounts();
  const auto users = accounts.users("", 100);
  const auto devices = accounts.devices("", {}, 100);
  require(users && devices, "users and devices can be listed");
  std::set<std::string> seen;
  for (const auto& user : *users) seen.insert(user.name + " " + std::to_string(user.quota.value_or(0)));
  for (const auto& device : *devices) seen.insert(to_hex(device.id) + (device.revoked ? " revoked" : ""));
  return seen;
}

void check_file(Drive& drive, const storage::Actor& owner, const RemotePath& path, const storage::Entry& entry) {
  const auto reader = drive.open_file(owner, {.path = path, .version = {}});
  require(reader.has_value(), "what is listed can be opened");
  Bytes content((*reader)->size());
  const auto count = (*reader)->read(0, content);
  require(count && *count == content.size() && entry.size == content.size(), "and has the size that is listed");
  require(sha256(content) == entry.sha256, "and the content");
}

// Every entry, as text that two visits can be compared by.
std::set<std::string> visit(const DriveInFolder& held, const storage::Actor& owner) {
  auto& drive = held.drive();
  std::set<std::string> seen;
  storage::ListRequest request;
  request.recursive = true;
  for (;;) {
    const auto page = drive.list(owner, request);
    require(page.has_value(), "the drive can be listed");
    for (const auto& entry : page->entries) {
      const auto path = RemotePath::from_wire(entry.path);
      require(path.has_value(), "every path that is listed can be");
      if (entry.kind != storage::Kind::kFolder) check_file(drive, owner, *path, entry);
      seen.insert(entry.path + " " + std::to_string(entry.version) + " " + std::to_string(entry.attributes.mtime));
    }
    if (page->last) break;
    require(page->reached > request.after || page->reached.size() > request.after.size(), "a listing goes forward");
    request.after = page->reached;
  }
  require(drive.status().has_value(), "and has a status");
  require(drive.trash(owner, 0, 1000).has_value(), "and a trash");
  return seen;
}

// Every object is read. Nothing crashed and nothing was touched from outside: there can be no damage, and no litter.
void check(Drive& drive, bool repair) {
  const auto check = drive.check({.read_data = true, .repair = repair, .restart = true});
  require(check.has_value(), "the drive can be checked");
  std::vector<storage::Finding> found;
  for (;;) {
    const auto more = (*check)->step(found);
    require(more.has_value(), "a check goes to its end");
    if (!*more) break;
  }
  for (const auto& finding : found) {
    const auto what =
        std::string("a check finds nothing: ") + storage::finding_word(finding.kind) + ": " + finding.cause;
    require(false, what.c_str());
  }
  require((*check)->report().damage == 0 && (*check)->report().litter == 0, "a check counts what it finds");
}

// Where the input's first byte says so, the drive has a file to take parts from.
constexpr std::uint8_t kHasBase = 32;

void put_base(const DriveInFolder& held) {
  storage::SmallFile base{.path = RemotePath::from_wire("base").value(), .content = Bytes(100'000)};
  base.request_id.fill(0xBA);
  base.sha256 = sha256(base.content);
  std::promise<Result<storage::Committed>> stored;
  storage::Completion<storage::Committed> done = [&](Result<storage::Committed> put) {
    stored.set_value(std::move(put));
  };
  held.drive().put_small(held.speaker(), std::move(base), std::move(done));
  const auto put = stored.get_future().get();
  require(put && put->version == 1, "a file can be stored");
}

bool is_success(const protocol::Frame& answer) {
  return answer.header.stream != protocol::kSessionStream && answer.header.type != protocol::FrameType::kError;
}

}  // namespace

void drive(ByteView input) {
  DriveInFolder held;
  const auto conversation = conversation_of(input);
  if (conversation.is_device) held.enrol_device();
  const auto speaker = held.speaker();
  const auto accounts = accounts_of(held);
  const bool has_base = !input.empty() && (input[0] & kHasBase) != 0;
  if (has_base) put_base(held);
  const auto answers = converse(held.drive(), conversation);
  if (conversation.is_device) {
    require(accounts_of(held) == accounts, "a plain user changes neither users nor devices");
    require(visit(held, held.owner()).empty(), "and nothing in the drive of another");
  }
  const auto before = visit(held, speaker);
  check(held.drive(), false);
  // What only met refusals ends here: the rest costs more than all of the above, and most inputs would pay it in vain.
  if (before.size() == (has_base ? 1 : 0) && std::ranges::none_of(answers, is_success)) return;
  require(held.drive().collect().has_value(), "what nobody needs is collected");
  require(visit(held, speaker) == before, "the collector takes nothing that is there");
  held.open();
  require(visit(held, speaker) == before, "what was answered is there after a start");
  check(held.drive(), true);
  require(visit(held, speaker) == before, "a repair of what is whole changes nothing");
}

}  // namespace ndisk::fuzz
