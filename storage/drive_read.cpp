// Files out.
#include "common/shown_name.hpp"
#include "storage/drive_core.hpp"
#include "storage/history_changes.hpp"
#include "storage/log.hpp"
#include "storage/quarantine.hpp"

namespace ndisk::storage {
namespace {

class ObjectReader final : public FileReader {
 public:
  // The version's object is the one that is read, which may be a twin of its own.
  ObjectReader(FileLayer& files, Fd file, const VersionRow& version, const Digest& sha256, bool is_current)
      : files_(files), file_(std::move(file)), version_(version), sha256_(sha256), is_current_(is_current) {}

  std::uint64_t size() const override { return version_.size; }
  const Digest& sha256() const override { return sha256_; }
  const Attributes& attributes() const override { return version_.attributes; }
  std::uint64_t version() const override { return version_.id; }
  std::int64_t object() const override { return version_.object; }
  Kind kind() const override { return version_.kind; }
  bool is_current() const override { return is_current_; }
  void forget_cached() const override { files_.forget_cached(file_.get()); }
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
  const bool is_current_;
};

// The root, or the trash's root, that the node is below; another id if it is below neither: then nobody finds it.
std::int64_t root_of(NodeTable nodes, std::int64_t node) {
  const bool has_end = nodes.climb(node, [&node](const std::string&, std::int64_t parent) {
    if (parent != kNoParent) node = parent;
    return true;
  });
  return has_end ? node : kNoParent;
}

std::unexpected<Error> fail_no_version(std::uint64_t number) {
  return fail(ErrorCode::kNotFound, "there is no version " + std::to_string(number));
}

// By the number alone: of a file in the drive or in the trash.
Result<bool> find_whether_current(Database& database, const UserRow& user, const VersionRow& version) {
  NodeTable nodes(database);
  const auto found = nodes.find_by_id(version.node);
  const auto root = root_of(nodes, version.node);
  if (!found || (root != user.root && root != user.trash)) return fail_no_version(version.id);
  return root == user.root && found->node.version == version.id;
}

// The current version of what stands at the path.
Result<NodeRow> find_file(Database& database, const UserRow& user, const RemotePath& path) {
  const auto place = NodeTable(database).locate(user.root, path);
  if (path.is_root() || (place.node && place.node->kind == Kind::kFolder)) {
    return fail(ErrorCode::kIsFolder, '/' + shown_name(path.bytes()) + " is a folder");
  }
  if (!place.node) return fail(ErrorCode::kNotFound, shown_name(path.bytes()) + ": no such file");
  return *place.node;
}

}  // namespace

Result<DriveCore::FoundVersion> DriveCore::find_version(const Actor& actor, const OpenTarget& target) {
  return catalog_->read([&](Database& database) -> Result<FoundVersion> {
    const auto user = UserTable(database).require(actor.user);
    if (!user) return std::unexpected(user.error());
    std::optional<NodeRow> node;
    if (!target.version || !target.path.is_root()) {
      auto file = find_file(database, *user, target.path);
      if (!file) return std::unexpected(std::move(file.error()));
      node = std::move(*file);
    }
    const auto number = target.version.value_or(node ? node->version : 0);
    ObjectTable table(database);
    const auto version = table.find_version(number);
    if (node && (!version || version->node != node->id)) return fail_not_its_version(target.path, number);
    const auto object = version ? table.find(version->object) : std::nullopt;
    if (!object || object->user != actor.user) return fail_no_version(number);
    if (node) return FoundVersion{*version, *object, node->version == number};
    const auto is_current = find_whether_current(database, *user, *version);
    if (!is_current) return std::unexpected(is_current.error());
    return FoundVersion{*version, *object, *is_current};
  });
}

Result<void> DriveCore::note_damage(const ObjectRow& object, const Error& error) {
  if (error.code == ErrorCode::kIntegrity) return put_in_quarantine(queue_, object);
  if (error.code == ErrorCode::kIo) return note_unreadable(queue_, object);
  return std::unexpected(error);
}

// The version's own object, or, where that is damaged, another of the user's with the same content. What the disk could
// not read is tried again where there is no other.
Result<ObjectStore::Opened> DriveCore::open_content(FoundVersion& found) {
  Result<ObjectStore::Opened> opened = fail(ErrorCode::kIntegrity, "its content on the server's disk is damaged");
  if (found.object.state == ObjectState::kHealthy) {
    opened = objects_.open(found.object);
    // What can't be marked would be found again: there is no point in looking on.
    if (opened || !note_damage(found.object, opened.error())) return opened;
  }
  auto twin = open_twin(found);
  if (!twin) return std::unexpected(std::move(twin.error()));
  if (*twin) return std::move(**twin);
  if (found.object.state == ObjectState::kUnreadable) return objects_.open(found.object);
  return opened;
}

// Nothing: there is none. Each that turns out damaged is marked, and so not found again.
Result<std::optional<ObjectStore::Opened>> DriveCore::open_twin(FoundVersion& found) {
  for (;;) {
    const auto twin = catalog_->read([&](Database& database) -> Result<std::optional<ObjectRow>> {
      return ObjectTable(database).find_content(found.object.user, found.object.sha256, kAnyRefs);
    });
    if (!twin) return std::unexpected(twin.error());
    if (!*twin) return std::nullopt;
    auto opened = objects_.open(**twin);
    if (opened) {
      found.object = **twin;
      return std::move(*opened);
    }
    if (!note_damage(**twin, opened.error())) return std::unexpected(std::move(opened.error()));
  }
}

Result<std::unique_ptr<FileReader>> DriveCore::open_file(const Actor& actor, const OpenTarget& target) {
  const Gate gate(*this);
  if (!gate.is_open()) return std::unexpected(closed_error());
  auto found = find_version(actor, target);
  if (!found) return std::unexpected(std::move(found.error()));
  auto opened = open_content(*found);
  if (!opened) {
    auto shown = target.version ? "version " + std::to_string(found->version.id) : shown_name(target.path.bytes());
    if (opened.error().code == ErrorCode::kIntegrity) opened.error().message += "; put it again";
    return fail_with_context(shown, std::move(opened.error()));
  }
  if (auto noted = note_mtime(queue_, found->object, opened->disk_mtime); !noted) log_warning(noted.error().message);
  found->version.object = found->object.id;
  // The version's may be that of content that was cut when it was recorded: it would condemn the whole.
  found->version.size = found->object.size;
  return std::make_unique<ObjectReader>(files_, std::move(opened->file), found->version, found->object.sha256,
                                        found->is_current);
}

Result<void> DriveCore::mark_damaged(const FileReader& file) { return mark_read(file, put_in_quarantine); }

Result<void> DriveCore::mark_unreadable(const FileReader& file) { return mark_read(file, note_unreadable); }

Result<void> DriveCore::mark_read(const FileReader& file, Result<void> (*mark)(CommitQueue&, const ObjectRow&)) {
  const Gate gate(*this);
  if (!gate.is_open()) return std::unexpected(closed_error());
  const auto object = catalog_->read([&](Database& database) -> Result<std::optional<ObjectRow>> {
    return ObjectTable(database).find(file.object());
  });
  if (!object) return std::unexpected(object.error());
  if (!*object) return {};
  return mark(queue_, **object);
}

}  // namespace ndisk::storage
