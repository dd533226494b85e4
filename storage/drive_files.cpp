// Small files in, listings, status.
#include <algorithm>

#include "common/shown_name.hpp"
#include "storage/counters.hpp"
#include "storage/drive_core.hpp"
#include "storage/listing.hpp"
#include "storage/quarantine.hpp"

namespace ndisk::storage {
namespace {

// The modes of symbolic links mean nothing, and systems differ in what they show.
constexpr std::uint32_t kLinkMode = 0777;

Result<void> check_link(const SmallFile& file) {
  if (file.kind == Kind::kFile) return {};
  const auto shown = shown_name(file.path.bytes());
  if (file.kind == Kind::kFolder) return fail(ErrorCode::kInvalid, shown + " can't be put as a folder; make one");
  if (file.content.empty() || file.content.size() > kMaxLinkBytes) {
    return fail(ErrorCode::kInvalid, shown + ": the target of a link has 1 to 4096 bytes");
  }
  if (std::ranges::find(file.content, 0) != file.content.end()) {
    return fail(ErrorCode::kInvalid, shown + ": the target of a link has no zero byte");
  }
  return {};
}

}  // namespace

void DriveCore::put_small(const Actor& actor, SmallFile file, Completion<Committed> done) {
  const Gate gate(*this);
  if (!gate.is_open()) return done(std::unexpected(closed_error()));
  if (sha256(file.content) != file.sha256) {
    return done(fail(ErrorCode::kIntegrity,
                     shown_name(file.path.bytes()) + " did not arrive as it was sent: its digest is another"));
  }
  if (auto checked = check_link(file); !checked) return done(std::unexpected(std::move(checked.error())));
  FileCommit commit;
  commit.actor = actor;
  commit.request_id = file.request_id;
  commit.path = std::move(file.path);
  commit.kind = file.kind;
  commit.attributes = {file.attributes.mtime, file.kind == Kind::kLink ? kLinkMode : file.attributes.mode & 0777};
  commit.sha256 = file.sha256;
  commit.size = file.content.size();
  commit.precondition = file.precondition;
  commit.receipt = file.receipt;
  auto pin = pins_.pin(commit.sha256);
  const auto held = holds(actor.user, commit.sha256);
  if (!held) return done(std::unexpected(held.error()));
  std::optional<NewObject> object;
  if (!*held) {
    const auto id = ids_.next();
    if (!id) return done(std::unexpected(id.error()));
    auto turn = small_files_.take();
    auto written = objects_.write(*id, commit.sha256, file.content, commit.attributes.mtime);
    if (!written) return done(fail_with_context(shown_name(commit.path.bytes()), std::move(written.error())));
    object = std::move(*written);
    object->turn = std::move(turn);
  }
  submit_commit(std::move(commit), std::move(pin), std::move(object), std::move(done));
}

void DriveCore::submit_commit(FileCommit commit, Pins::Pin pin, std::optional<NewObject> object,
                              Completion<Committed> done) {
  const auto user = commit.actor.user;
  // What is far down writes much for each folder on the way.
  const bool is_far_down = is_deep(commit.path);
  const bool holds_file = object && !object->durable;
  auto change = std::make_unique<Change<Committed>>(
      [this, commit = std::move(commit), pin = std::move(pin)](WriteContext& context, NewObject* fresh) {
        return commit_file(context, staged_, commit, fresh);
      },
      std::move(done), std::move(object));
  if (!is_far_down) return queue_.submit(std::move(change));
  // An upload that came whole is never refused: there are bounds on how many there are.
  queue_.submit_heavy(user, std::move(change), holds_file ? HeavyTurns::kMaxFilesOfUser : SIZE_MAX);
}

Result<bool> DriveCore::holds(std::int64_t user, const Digest& sha256) {
  auto row = catalog_->read([&](Database& database) -> Result<std::optional<ObjectRow>> {
    return ObjectTable(database).find_content(user, sha256);
  });
  if (!row) return std::unexpected(std::move(row.error()));
  if (!*row) return false;
  return is_usable(**row);
}

Result<bool> DriveCore::is_usable(const ObjectRow& object) {
  const auto disk_mtime = objects_.check(object);
  const auto recorded = disk_mtime ? note_mtime(queue_, object, *disk_mtime) : note_damage(object, disk_mtime.error());
  if (!recorded) return std::unexpected(recorded.error());
  return disk_mtime.has_value();
}

Result<std::optional<Committed>> DriveCore::answered(const Actor& actor, const RequestId& request) {
  return catalog_->read([&](Database& database) -> Result<std::optional<Committed>> {
    const auto user = UserTable(database).require(actor.user);
    if (!user) return std::unexpected(user.error());
    return answer_commit_again(database, *user, actor.device, request);
  });
}

Result<ListPage> DriveCore::list(const Actor& actor, const ListRequest& request) {
  const Gate gate(*this);
  if (!gate.is_open()) return std::unexpected(closed_error());
  return catalog_->read([&](Database& database) -> Result<ListPage> {
    const auto user = UserTable(database).find(actor.user);
    if (!user) return fail(ErrorCode::kNotAllowed, "there is no such user any more");
    return list_page(database, *user, request);
  });
}

Result<StorageStatus> DriveCore::status() {
  const Gate gate(*this);
  if (!gate.is_open()) return std::unexpected(closed_error());
  const auto free_bytes = objects_.free_bytes();
  if (!free_bytes) return std::unexpected(free_bytes.error());
  const auto uploads = uploads_.count();
  if (!uploads) return std::unexpected(uploads.error());
  return catalog_->read([&](Database& database) -> Result<StorageStatus> {
    StorageStatus status;
    auto users = database.query(
        "SELECT count(*) FILTER (WHERE name NOT LIKE 'removed:%'), sum(files), sum(bytes), sum(stored) FROM users");
    if (users.step()) {
      status.users = users.number(0);
      status.files = users.number(1);
      status.bytes = users.number(2);
      status.stored_bytes = users.number(3);
    }
    auto devices = database.query("SELECT count(*) FROM devices WHERE revoked IS NULL AND public_key IS NOT NULL");
    if (devices.step()) status.devices = devices.number(0);
    auto damaged = database.query("SELECT count(*), ifnull(sum(refs), 0) FROM objects WHERE state > 1 AND refs > 0");
    if (damaged.step()) {
      status.damaged_objects = damaged.number(0);
      status.damaged_versions = damaged.number(1);
    }
    status.scrub_started = find_counter(database, kScrubStarted);
    status.scrub_ended = find_counter(database, kScrubEnded);
    if (status.scrub_started) {
      status.scrub_read_bytes = static_cast<std::uint64_t>(find_counter(database, kScrubBytes).value_or(0));
      status.scrub_total_bytes = status.stored_bytes;
    }
    status.free_bytes = *free_bytes;
    status.uploads = *uploads;
    return status;
  });
}

}  // namespace ndisk::storage
