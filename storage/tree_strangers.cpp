#include "storage/tree_strangers.hpp"

#include <cerrno>

#include "common/random.hpp"
#include "common/shown_name.hpp"
#include "storage/node_places.hpp"
#include "storage/object_versions.hpp"

namespace ndisk::storage {
namespace {

constexpr int kMostDepth = 64;  // folders that are open at once; what is deeper proves nothing
constexpr int kBatch = 256;

bool is_same(const FileStatus& one, const FileStatus& other) {
  return one.inode == other.inode && one.device == other.device;
}

// By size and time, which links have in common; one whose file was changed since is no proof.
std::vector<ObjectStore::Found> objects_like(Database& database, const FileStatus& file) {
  auto query = database.query(
      "SELECT id, sha256 FROM objects WHERE user IN (SELECT id FROM users) AND size = ? AND disk_mtime = ?", file.size,
      file.mtime);
  std::vector<ObjectStore::Found> found;
  while (query.step()) found.push_back({query.integer(0), query.fixed<32>(1)});
  return found;
}

bool may_not(const Error& error) {
  // Landlock's word for it is EXDEV, which is no disk's here: DATA is one file system.
  return error.code == ErrorCode::kNotAllowed || error.code == ErrorCode::kInternal;
}

}  // namespace

Result<std::optional<std::string>> TreeStrangers::put_aside(const std::string& user, const std::string& path) {
  view_.forget();
  if (path.empty()) return put_aside_in(parts_.directory.tree.get(), user);
  const auto slash = path.rfind('/');
  const auto folder = view_.open_folder(user, slash == path.npos ? std::string() : path.substr(0, slash));
  // Nothing stands there.
  if (!folder && folder.error().number == ENOTDIR) return std::nullopt;
  if (!folder) return fail_disk(folder.error(), "open", "a folder of tree/" + user);
  return put_aside_in(folder->get(), path.substr(slash == path.npos ? 0 : slash + 1));
}

Result<std::optional<std::string>> TreeStrangers::put_aside_in(int folder, const std::string& name) {
  const auto there = parts_.files.status_at(folder, name);
  if (!there && there.error().number == ENOENT) return std::nullopt;
  if (!there) return fail_disk(there.error(), "look at", shown_name(name));
  if (there->type == FileType::kFolder) return put_folder_aside(folder, name);
  if (there->type == FileType::kFile) {
    const auto own = is_own(*there);
    if (!own) return std::unexpected(own.error());
    if (*own) return std::nullopt;
  }
  auto kept = parts_.quarantine.move_durably(folder, name);
  if (kept) return *kept;
  if (kept.error().code == ErrorCode::kNotFound) return std::nullopt;
  if (there->type == FileType::kOther && may_not(kept.error())) return std::nullopt;
  return std::unexpected(std::move(kept.error()));
}

Result<bool> TreeStrangers::is_own(const FileStatus& file) {
  if (object_ && is_same(*object_, file)) return true;
  const auto alike = parts_.catalog.read(
      [&](Database& database) -> Result<std::vector<ObjectStore::Found>> { return objects_like(database, file); });
  if (!alike) return std::unexpected(alike.error());
  for (const auto& one : *alike) {
    const auto object = parts_.files.status_at(parts_.objects.folder(), ObjectStore::name(one.id, one.sha256));
    // One that is there and can't be looked at may be the very file.
    if (!object && object.error().number != ENOENT) return fail_disk(object.error(), "look at", "an object");
    if (object && is_same(*object, file)) return true;
  }
  return false;
}

// It is looked into where people can't put anything into it any more. What is all the store's own goes the way of all
// that leaves the tree: the mirror empties the grave before it does its next entry.
Result<std::optional<std::string>> TreeStrangers::put_folder_aside(int folder, const std::string& name) {
  auto kept = parts_.quarantine.move_durably(folder, name);
  if (!kept && kept.error().code == ErrorCode::kNotFound) return std::nullopt;
  if (!kept) return std::unexpected(std::move(kept.error()));
  const auto quarantine = parts_.quarantine.open();
  if (!quarantine) return std::unexpected(quarantine.error());
  const auto kept_name = kept->substr(sizeof(QuarantineFolder::kName));
  const auto moved = parts_.files.open(*quarantine, kept_name, O_RDONLY | O_DIRECTORY);
  if (!moved) return *kept;
  const auto own = is_all_own(moved->get(), 1);
  if (!own || !*own) return *kept;
  const auto buried =
      parts_.files.rename(*quarantine, kept_name, parts_.directory.graves.get(), to_hex(random_bytes<16>()));
  if (!buried) return *kept;
  return std::nullopt;
}

Result<bool> TreeStrangers::is_all_own(int folder, int depth) {
  Result<bool> all = true;
  const auto visited = parts_.files.visit_names(folder, [&](const std::string& name) {
    all = false;
    const auto there = parts_.files.status_at(folder, name);
    if (parts_.stop || !there) return false;
    if (there->type == FileType::kFile) all = is_own(*there);
    if (there->type == FileType::kFolder && depth < kMostDepth) {
      const auto inner = parts_.files.open(folder, name, O_RDONLY | O_DIRECTORY);
      if (inner) all = is_all_own(inner->get(), depth + 1);
    }
    return all && *all;
  });
  if (!visited) return false;
  return all;
}

Result<void> TreeStrangers::put_aside_for(const ObjectRow& object, const std::vector<std::uint64_t>& known,
                                          const std::function<void(const Kept&)>& on_kept) {
  const auto file = parts_.files.status_at(parts_.objects.folder(), ObjectStore::name(object.id, object.sha256));
  if (!file && file.error().number != ENOENT) return fail_disk(file.error(), "look at", "an object");
  object_ = file ? std::optional(*file) : std::nullopt;
  for (std::uint64_t after = 0;;) {
    // Who thinks that all are aside goes on, and what is left there is lost.
    if (parts_.stop) return fail(ErrorCode::kShuttingDown, "the server is stopping; a later check goes on", true);
    const auto before = after;
    std::string user;
    const auto paths = paths_of(object, known, after, user);
    if (!paths) return std::unexpected(paths.error());
    if (after == before) break;
    for (const auto& path : *paths) {
      const auto kept = put_aside(user, path);
      if (!kept) return std::unexpected(kept.error());
      if (*kept) on_kept({user, path, **kept});
    }
  }
  return {};
}

// Of some versions, in order; `after` stays where it is when there are no more.
Result<std::vector<std::string>> TreeStrangers::paths_of(const ObjectRow& object,
                                                         const std::vector<std::uint64_t>& known, std::uint64_t& after,
                                                         std::string& user) {
  return parts_.catalog.read([&](Database& database) -> Result<std::vector<std::string>> {
    NodePlaces places(database);
    std::vector<std::string> paths;
    for (const auto version : versions_of(database, object.id, known, after, kBatch)) {
      after = version;
      auto query = database.query(
          "SELECT nodes.id FROM versions JOIN nodes ON nodes.id = versions.node AND nodes.version = versions.id "
          "WHERE versions.id = ? AND nodes.kind = ?",
          version, static_cast<int>(Kind::kFile));
      if (!query.step()) continue;
      const auto place = places.find_in_drive(query.integer(0));
      if (!place) continue;
      user = place->user;
      paths.push_back(place->path);
    }
    return paths;
  });
}

}  // namespace ndisk::storage
