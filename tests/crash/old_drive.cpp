#include "tests/crash/old_drive.hpp"

#include <fcntl.h>

#include <stdexcept>

#include "storage/schema.hpp"
#include "storage/sqlite.hpp"
#include "tests/crash/open_drive.hpp"

namespace ndisk::crash {
namespace {

constexpr std::int64_t kOwner = 1;
constexpr std::int64_t kRoot = 1;
constexpr std::int64_t kTrash = 2;
constexpr std::int64_t kObjectIds = 65'536;

class OldDrive {
 public:
  OldDrive() : vfs_(disk_) {
    (void)disk_.make_folder(kRootFolder, kData, 0711);
    (void)disk_.make_folder(kRootFolder, path("objects"), 0700);
    auto opened = storage::Database::open(path("ndisk.db"), storage::DatabaseMode::kCreate, vfs_.name());
    if (!opened) throw std::runtime_error(opened.error().message);
    database_ = std::move(*opened);
    if (auto made = storage::migrate(*database_, 1); !made) throw std::runtime_error(made.error().message);
    database_->run("PRAGMA journal_mode = WAL");
    database_->run("INSERT INTO users (id, name, root, trash, created) VALUES (?, 'owner', ?, ?, 5)", kOwner, kRoot,
                   kTrash);
    database_->run("INSERT INTO devices (id, user, name, created) VALUES (zeroblob(16), ?, 'local', 5)", kOwner);
    database_->run("UPDATE counters SET value = 100 WHERE name = 'node'");
    database_->run("UPDATE counters SET value = ? WHERE name = 'object'", kObjectIds);
    database_->run("UPDATE counters SET value = 2 WHERE name = 'user'");
  }

  void folder(std::int64_t parent, const std::string& name, std::int64_t id) {
    database_->run(
        "INSERT INTO nodes (parent, name, id, kind, size, mtime, mode, version) VALUES (?, ?, ?, 2, 0, 7, 493, 0)",
        parent, as_bytes(name), id);
  }

  // Its last version is the current one.
  void file(std::int64_t parent, const std::string& name, std::int64_t id, const std::vector<std::string>& versions) {
    for (const auto& content : versions) version(id, content);
    const auto& current = versions.back();
    database_->run(
        "INSERT INTO nodes (parent, name, id, kind, size, mtime, mode, version, sha256) "
        "VALUES (?, ?, ?, 1, ?, 7, 420, ?, ?)",
        parent, as_bytes(name), id, current.size(), database_->last_insert_id(), sha256(as_bytes(current)));
    if (parent == kRoot || parent == 10 || parent == 11) {
      database_->run("UPDATE users SET files = files + 1, bytes = bytes + ?", current.size());
    }
  }

  void trash(std::int64_t node, const std::string& from, std::uint64_t bytes) {
    database_->run(
        "INSERT INTO trash (user, node, path, removed, device, files, bytes) VALUES (?, ?, ?, 1699900000000000000, "
        "zeroblob(16), 1, ?)",
        kOwner, node, as_bytes(from), bytes);
  }

  DiskImage finish() {
    if (const auto error = database_->take_error()) throw std::runtime_error(error->message);
    database_.reset();
    return disk_.image();
  }

 private:
  static std::string path(const std::string& name) { return std::string(kData) + "/" + name; }

  void version(std::int64_t node, const std::string& content) {
    const auto object = ++last_object_;
    const auto digest = sha256(as_bytes(content));
    const auto hex = to_hex(digest);
    (void)disk_.make_folder(kRootFolder, path("objects/" + hex.substr(0, 2)), 0700);
    const auto name = path("objects/" + hex.substr(0, 2) + "/" + hex + "." + std::to_string(object));
    const auto file = disk_.open(kRootFolder, name, O_WRONLY | O_CREAT, 0444);
    if (!file || !disk_.write(*file, as_bytes(content), 0)) throw std::runtime_error("can't make " + name);
    database_->run("INSERT INTO objects (id, user, sha256, size, disk_mtime, refs, state) VALUES (?, ?, ?, ?, ?, 1, 0)",
                   object, kOwner, digest, content.size(), disk_.status(*file)->mtime);
    database_->run("UPDATE users SET stored = stored + ?", content.size());
    database_->run(
        "INSERT INTO versions (node, object, size, mtime, mode, created, device, change) "
        "VALUES (?, ?, ?, 7, 420, 8, zeroblob(16), 1)",
        node, object, content.size());
  }

  SimulatedDisk disk_;
  SimulatedVfs vfs_;
  std::unique_ptr<storage::Database> database_;
  std::int64_t last_object_ = 0;
};

}  // namespace

DiskImage drive_of_first_format() {
  OldDrive drive;
  drive.folder(kRoot, "a", 10);
  drive.folder(10, "b", 11);
  drive.folder(kTrash, "12", 12);
  drive.file(10, "one", 20, {"first", "second"});
  drive.file(11, "two", 21, {"two"});
  drive.file(kRoot, "three", 22, {"three"});
  drive.file(12, "four", 23, {"four"});
  drive.trash(12, "gone", 4);
  return drive.finish();
}

}  // namespace ndisk::crash
