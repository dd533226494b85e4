// Files of the tree that a rebuild can't read and the loss of power: the next start makes the tree anew, so what was
// moved out of it must be there from the moment when the rebuild goes on.
#include "storage/rebuild_unread.hpp"
#include "tests/catch.hpp"
#include "tests/crash/cursor.hpp"
#include "tests/crash/loss_choice.hpp"
#include "tests/crash/simulated_file_layer.hpp"

namespace ndisk::crash {
namespace {

using Lie = std::function<bool(const Operation&)>;

constexpr const char* kData = "/data";
constexpr const char* kInTree = "/data/tree/owner/a/b/file";
constexpr const char* kKept = "/data/tree-unread/owner/a/b/file";

enum class Way : std::uint8_t { kKeep, kGiveBack };

storage::DataDirectory directory_on(SimulatedFileLayer& files) {
  auto directory = storage::DataDirectory::open(files, kData);
  REQUIRE(directory);
  REQUIRE(directory->open_folders(files, true, ""));
  return std::move(*directory);
}

void move_on(SimulatedDisk& disk, Way way) {
  SimulatedFileLayer files(disk, false);
  const auto directory = directory_on(files);
  storage::RebuildUnread unread(files, directory);
  if (way == Way::kGiveBack) {
    REQUIRE(unread.give_back("owner", "a/b/file"));
    return;
  }
  const auto folder = files.open(directory.tree.get(), "owner/a/b", O_RDONLY | O_DIRECTORY, 0);
  REQUIRE(folder);
  REQUIRE(unread.keep(folder->get(), "owner", "a/b/file"));
}

// All of it durable.
DiskImage before(Way way) {
  SimulatedDisk disk;
  SimulatedFileLayer files(disk, false);
  const auto directory = directory_on(files);
  for (const char* name : {"owner", "owner/a", "owner/a/b"}) {
    REQUIRE(files.make_folder(directory.tree.get(), name, 0755));
  }
  REQUIRE(files.open(directory.tree.get(), "owner/a/b/file", O_WRONLY | O_CREAT, 0600));
  if (way == Way::kGiveBack) move_on(disk, Way::kKeep);
  return disk.image();
}

bool is_there(const DiskImage& image, const char* path) { return image.walk(kRootFolder, path).has_value(); }

// A disk that a loss of power leaves somewhere on the way, or after it, and that has lost the file.
bool can_be_lost(Way way, const Lie& lie) {
  const auto initial = before(way);
  SimulatedDisk disk(initial);
  disk.ignore_syncs(lie);
  move_on(disk, way);
  const auto record = disk.record();
  const char* const target = way == Way::kKeep ? kKept : kInTree;
  REQUIRE(is_there(disk.image(), target));
  std::mt19937_64 random(1);
  Cursor cursor(initial, record);
  for (std::size_t boundary = 0; boundary <= record.size(); ++boundary) {
    cursor.advance_to(boundary);
    const LossChoice choice(record, cursor.pending(), {}, random);
    for (std::size_t number = 0; number < choice.size(); ++number) {
      const auto left = cursor.disk_after(choice.at(number));
      const bool is_safe =
          is_there(left, target) || (boundary < record.size() && (is_there(left, kInTree) || is_there(left, kKept)));
      if (!is_safe) return true;
    }
  }
  return false;
}

bool ignores_none(const Operation&) { return false; }

Lie forgets(const std::string& path) {
  return [path](const Operation& sync) { return sync.path == path; };
}

}  // namespace

TEST_CASE("power loss: a file of the tree that can't be read is kept, or still where it was") {
  CHECK_FALSE(can_be_lost(Way::kKeep, ignores_none));
}

TEST_CASE("power loss: a file that was kept unread is back in the tree, or still kept") {
  CHECK_FALSE(can_be_lost(Way::kGiveBack, ignores_none));
}

TEST_CASE("broken twin: of what is kept unread a folder is not synced") {
  for (const char* folder : {"", "/tree-unread", "/tree-unread/owner", "/tree-unread/owner/a", "/tree-unread/owner/a/b",
                             "/tree/owner/a/b"}) {
    INFO(folder);
    CHECK(can_be_lost(Way::kKeep, forgets(std::string(kData) + folder)));
  }
  for (const char* folder : {"/tree-unread/owner/a/b", "/tree/owner/a/b"}) {
    INFO(folder);
    CHECK(can_be_lost(Way::kGiveBack, forgets(std::string(kData) + folder)));
  }
}

}  // namespace ndisk::crash
