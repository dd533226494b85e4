#include "tests/crash/disk_check.hpp"

#include <set>

#include "storage/sqlite.hpp"
#include "tests/storage/catalog_faults.hpp"

namespace ndisk::crash {
namespace {

using storage::Database;

std::int64_t count(Database& database, const char* sql) {
  auto query = database.query(sql);
  return query.step() ? query.integer(0) : -1;
}

// Paths of files below a folder of the image, relative to it.
std::map<std::string, InodeId> files_below(const DiskImage& image, const std::string& folder) {
  std::map<std::string, InodeId> found;
  image.visit([&](const std::string& path, InodeId inode) {
    if (path.starts_with(folder) && !image.find(inode)->is_folder) found[path.substr(folder.size())] = inode;
  });
  return found;
}

std::string check_objects(Database& database, SimulatedDisk& disk) {
  const auto image = disk.image();
  std::string faults;
  auto files = files_below(image, std::string(kData) + "/objects/");
  auto rows = database.query("SELECT id, sha256, size, state FROM objects");
  while (rows.step()) {
    const auto digest = rows.fixed<32>(1);
    const auto hex = to_hex(digest);
    const auto name = hex.substr(0, 2) + "/" + hex + "." + std::to_string(rows.integer(0));
    const auto file = files.find(name);
    if (rows.integer(3) != 0) faults += "  object " + name + " is not healthy\n";
    if (file == files.end()) {
      faults += "  object " + name + " has a row and no file\n";
      continue;
    }
    disk.note_look(file->second);
    if (sha256(image.find(file->second)->content) != digest) faults += "  object " + name + " is torn\n";
    files.erase(file);
  }
  for (const auto& [name, inode] : files) faults += "  objects/" + name + " is nobody's\n";
  return faults;
}

std::string check_staging(Database& database, SimulatedDisk& disk) {
  const auto image = disk.image();
  std::string faults;
  auto files = files_below(image, std::string(kData) + "/staging/");
  auto rows = database.query("SELECT id, durable FROM uploads");
  while (rows.step()) {
    const auto name = to_hex(rows.fixed<16>(0));
    const auto file = files.find(name);
    if (file != files.end()) disk.note_look(file->second);
    if (file == files.end() || image.find(file->second)->content.size() < rows.number(1)) {
      faults += "  upload " + name + " has a row, and less on the disk\n";
    }
    files.erase(name);
  }
  for (const auto& [name, inode] : files) faults += "  staging/" + name + " is nobody's\n";
  return faults;
}

}  // namespace

std::string check_catalog(SimulatedDisk& disk) {
  const SimulatedVfs vfs(disk);
  const auto path = std::string(kData) + "/ndisk.db";
  auto database = Database::open(path, storage::DatabaseMode::kExisting, vfs.name());
  if (!database) return "  " + database.error().message + "\n";
  std::string faults;
  for (const auto& [what, sql] : storage::kCatalogFaults) {
    const auto wrong = count(**database, sql);
    if (wrong != 0) faults += "  not so: " + std::string(what) + " (" + std::to_string(wrong) + ")\n";
  }
  faults += check_objects(**database, disk) + check_staging(**database, disk);
  if (const auto error = (*database)->take_error()) faults += "  " + error->message + "\n";
  return faults;
}

std::string check_tree(SimulatedDisk& disk, const World& world) {
  const auto image = disk.image();
  const std::string tree = std::string(kData) + "/tree/";
  const std::string folder = tree + "owner/";
  std::string faults;
  std::set<std::string> shown;
  image.visit([&](const std::string& path, InodeId id) {
    const bool is_users = path.starts_with(tree) && path.find('/', tree.size()) == path.npos;
    if (is_users && !world.contains("user " + path.substr(tree.size()))) faults += "  " + path + " is nobody's\n";
    if (!path.starts_with(folder)) return;
    const auto* inode = image.find(id);
    disk.note_look(id);
    const auto what = (inode->is_folder ? "folder " : "file ") + path.substr(folder.size());
    shown.insert(what);
    const auto wanted = world.find(what);
    if (wanted == world.end()) {
      faults += "  tree/ shows what is not there: " + what + "\n";
    } else if (!inode->is_folder &&
               wanted->second.find(to_hex(sha256(inode->content)).substr(0, 16)) == std::string::npos) {
      faults += "  tree/ shows another content: " + what + "\n";
    }
  });
  for (const auto& [what, how] : world) {
    const bool is_shown = what.starts_with("file ") || what.starts_with("folder ");
    if (is_shown && !shown.contains(what)) faults += "  tree/ does not show " + what + "\n";
  }
  return faults;
}

std::set<Digest> kept_contents(SimulatedDisk& disk) {
  std::set<Digest> contents;
  const auto image = disk.image();
  image.visit([&](const std::string& path, InodeId id) {
    const auto* inode = image.find(id);
    const bool is_kept =
        path.starts_with(std::string(kData) + "/objects/") || path.starts_with(std::string(kData) + "/quarantine/");
    if (!is_kept || inode->is_folder) return;
    disk.note_look(id);
    contents.insert(sha256(inode->content));
  });
  return contents;
}

std::string check_kept(SimulatedDisk& disk, const DiskImage& before) {
  const auto there = kept_contents(disk);
  SimulatedDisk old_disk(before);
  std::string faults;
  for (const auto& content : kept_contents(old_disk)) {
    if (!there.contains(content)) faults += "  content " + to_hex(content) + " is gone\n";
  }
  return faults;
}

std::string check_quarantined(SimulatedDisk& disk, const std::vector<std::string>& contents) {
  const auto image = disk.image();
  std::multiset<std::string> there;
  for (const auto& [name, inode] : files_below(image, std::string(kData) + "/quarantine/")) {
    disk.note_look(inode);
    there.emplace(as_text(image.find(inode)->content));
  }
  std::string faults;
  for (const auto& content : contents) {
    const auto count = there.count(content);
    if (count != 1) faults += "  \"" + content + "\" is there " + std::to_string(count) + " times\n";
  }
  return faults;
}

World lasting_files(const DiskImage& image) {
  World files;
  image.visit([&](const std::string& path, InodeId id) {
    const auto* inode = image.find(id);
    // The catalog reserves numbers at each start; what it says of files is compared elsewhere. What left the tree is
    // removed for good by a thread that nobody waits for.
    if (path.find("/ndisk.db") != std::string::npos || path.find("/catalog-epoch.") != std::string::npos) return;
    if (path.find("/tree-progress.") != std::string::npos) return;
    if (path.find("/tree-removed/") != std::string::npos) return;
    files[path] = inode->is_folder ? "folder" : to_hex(sha256(inode->content)).substr(0, 16);
  });
  return files;
}

}  // namespace ndisk::crash
