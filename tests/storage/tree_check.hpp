// Whether DATA/tree shows what stands in the owner's drive.
#pragma once

#include <filesystem>
#include <set>

#include "tests/storage/drive_fixture.hpp"

namespace ndisk::storage {

inline std::string in_tree(const DriveFixture& fixture, const std::string& path) {
  return fixture.data("tree/owner/" + path);
}

// The tree shows every folder and every file of the drive with its content, and nothing else.
inline void check_tree(DriveFixture& fixture) {
  namespace fs = std::filesystem;
  REQUIRE(fixture.drive->flush_tree());
  std::set<std::string> expected;
  const auto page = fixture.drive->list(fixture.actor, {.path = {}, .recursive = true, .after = ""});
  REQUIRE(page);
  REQUIRE(page->last);
  for (const auto& entry : page->entries) {
    INFO(entry.path);
    if (entry.kind == Kind::kLink) continue;
    expected.insert(entry.path);
    const auto shown = fs::symlink_status(in_tree(fixture, entry.path));
    if (entry.kind == Kind::kFolder) {
      REQUIRE(fs::is_directory(shown));
    } else {
      REQUIRE(fs::is_regular_file(shown));
      REQUIRE(DriveFixture::read_file(in_tree(fixture, entry.path)) == fixture.content(entry.path));
    }
  }
  // Before the first entry the user has no folder there.
  std::error_code missing;
  for (const auto& entry : fs::recursive_directory_iterator(in_tree(fixture, ""), missing)) {
    INFO(entry.path());
    REQUIRE(expected.contains(fs::relative(entry.path(), in_tree(fixture, "")).string()));
  }
}

}  // namespace ndisk::storage
