// Small files in, files out, listings, status.
#include <algorithm>

#include "common/shown_name.hpp"
#include "storage/drive_core.hpp"
#include "storage/listing.hpp"
#include "storage/log.hpp"

namespace ndisk::storage {
namespace {

class ObjectReader final : public FileReader {
 public:
  ObjectReader(FileLayer& files, Fd file, const VersionRow& version, const Digest& sha256)
      : files_(files), file_(std::move(file)), version_(version), sha256_(sha256) {}

  std::uint64_t size() const override { return version_.size; }
  const Digest& sha256() const override { return sha256_; }
  const Attributes& attributes() const override { return version_.attributes; }
  std::uint64_t version() const override { return version_.id; }
  Kind kind() const override { return version_.kind; }
  bool is_current() const override { return true; }
  void forget_cached() const override {}
  Result<std::size_t> read(std::uint64_t offset, std::span<std::uint8_t> out) const override {
    if (offset >= version_.size) return 0;
    const auto wanted = std::min<std::uint64_t>(out.size(), version_.size - offset);
    const auto count = files_.read_at(file_.get(), out.first(wanted), offset);
    if (!count) return fail_disk(count.error(), "read", "the content of version " + std::to_string(version_.id));
    if (*count == wanted) return *count;
    return fail(ErrorCode::kIntegrity, "the content of version " + std::to_string(version_.id) +
                                           " is shorter on the server's disk than it must be");
  }

 private:
  FileLayer& files_;
  const Fd file_;
  const VersionRow version_;
  const Digest sha256_;
};

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
  auto pin = pins_.pin(commit.sha256);
  const auto held = holds(actor.user, commit.sha256);
  if (!held) return done(std::unexpected(held.error()));
  std::optional<NewObject> object;
  if (!*held) {
    const auto id = ids_.next();
    if (!id) return done(std::unexpected(id.error()));
    auto written = objects_.write(*id, commit.sha256, file.content, commit.attributes.mtime);
    if (!written) return done(fail_with_context(shown_name(commit.path.bytes()), std::move(written.error())));
    object = std::move(*written);
  }
  submit_commit(std::move(commit), std::move(pin), std::move(object), std::move(done));
}

void DriveCore::submit_commit(FileCommit commit, Pins::Pin pin, std::optional<NewObject> object,
                              Completion<Committed> done) {
  queue_.submit(std::make_unique<Change<Committed>>(
      [commit = std::move(commit), pin = std::move(pin)](WriteContext& context, NewObject* fresh) {
        return commit_file(context, commit, fresh);
      },
      std::move(done), std::move(object)));
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
  if (!disk_mtime && disk_mtime.error().code != ErrorCode::kIntegrity) return std::unexpected(disk_mtime.error());
  const auto recorded = disk_mtime ? note_mtime(object, *disk_mtime) : quarantine(object);
  if (!recorded) return std::unexpected(recorded.error());
  return disk_mtime.has_value();
}

Result<void> DriveCore::note_mtime(const ObjectRow& object, TimeNs disk_mtime) {
  if (disk_mtime == object.disk_mtime) return {};
  return queue_.run<void>([&](WriteContext& context) -> Result<void> {
    context.objects.set_disk_mtime(object.id, disk_mtime);
    return {};
  });
}

Result<std::optional<Committed>> DriveCore::answered(const Actor& actor, const RequestId& request) {
  return catalog_->read([&](Database& database) -> Result<std::optional<Committed>> {
    return answer_again(RequestTable(database), actor.device, request, RequestKind::kCommit);
  });
}

Result<void> DriveCore::quarantine(const ObjectRow& object) {
  log_warning("the object " + ObjectStore::name(object.id, object.sha256) +
              " is not what was recorded: quarantined, and not served any more");
  auto marked = queue_.run<void>([&](WriteContext& context) -> Result<void> {
    context.objects.set_state(object.id, ObjectState::kQuarantined);
    return {};
  });
  if (!marked) log_warning("it could not be marked: " + marked.error().message);
  return marked;
}

Result<DriveCore::FoundVersion> DriveCore::find_version(const Actor& actor, const OpenTarget& target) {
  return catalog_->read([&](Database& database) -> Result<FoundVersion> {
    auto number = target.version;
    if (!number) {
      const auto user = UserTable(database).find(actor.user);
      if (!user) return fail(ErrorCode::kNotAllowed, "there is no such user any more");
      const auto place = NodeTable(database).locate(user->root, target.path);
      if (target.path.is_root() || (place.node && place.node->kind == Kind::kFolder)) {
        return fail(ErrorCode::kIsFolder, '/' + shown_name(target.path.bytes()) + " is a folder");
      }
      if (!place.node) return fail(ErrorCode::kNotFound, shown_name(target.path.bytes()) + ": no such file");
      number = place.node->version;
    }
    ObjectTable table(database);
    const auto version = table.find_version(*number);
    const auto object = version ? table.find(version->object) : std::nullopt;
    if (!object || object->user != actor.user) {
      return fail(ErrorCode::kNotFound, "there is no version " + std::to_string(*number));
    }
    return FoundVersion{*version, *object};
  });
}

Result<std::unique_ptr<FileReader>> DriveCore::open_file(const Actor& actor, const OpenTarget& target) {
  const Gate gate(*this);
  if (!gate.is_open()) return std::unexpected(closed_error());
  auto found = find_version(actor, target);
  if (!found) return std::unexpected(std::move(found.error()));
  const auto shown = target.version ? "version " + std::to_string(found->version.id) : shown_name(target.path.bytes());
  if (found->object.state != ObjectState::kHealthy) {
    return fail(ErrorCode::kIntegrity, shown + ": its content on the server's disk is damaged; put it again");
  }
  auto opened = objects_.open(found->object);
  if (!opened) {
    // Whether or not the mark succeeds, the answer is the same.
    if (opened.error().code == ErrorCode::kIntegrity) (void)quarantine(found->object);
    return fail_with_context(shown, std::move(opened.error()));
  }
  if (auto noted = note_mtime(found->object, opened->disk_mtime); !noted) log_warning(noted.error().message);
  return std::make_unique<ObjectReader>(files_, std::move(opened->file), found->version, found->object.sha256);
}

Result<ListPage> DriveCore::list(const Actor& actor, const ListRequest& request) {
  const Gate gate(*this);
  if (!gate.is_open()) return std::unexpected(closed_error());
  return catalog_->read([&](Database& database) -> Result<ListPage> {
    const auto user = UserTable(database).find(actor.user);
    if (!user) return fail(ErrorCode::kNotAllowed, "there is no such user any more");
    return list_page(NodeTable(database), *user, request);
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
    auto users = database.query("SELECT count(*), sum(files), sum(bytes), sum(stored) FROM users");
    if (users.step()) {
      status.users = users.number(0);
      status.files = users.number(1);
      status.bytes = users.number(2);
      status.stored_bytes = users.number(3);
    }
    auto devices = database.query("SELECT count(*) FROM devices WHERE revoked IS NULL AND public_key IS NOT NULL");
    if (devices.step()) status.devices = devices.number(0);
    status.free_bytes = *free_bytes;
    status.uploads = *uploads;
    return status;
  });
}

}  // namespace ndisk::storage
