// A drive that loses its catalog and gets another from its tree and its objects.
#pragma once

#include "storage/rebuild.hpp"
#include "tests/storage/backup_fixture.hpp"

namespace ndisk::storage {

class RebuildFixture : public DriveFixture {
 public:
  // The server is gone, and so is its catalog.
  void lose_catalog() {
    REQUIRE(drive->flush_tree());
    drive.reset();
    for (const char* name : {"ndisk.db", "ndisk.db-wal", "ndisk.db-shm"}) std::filesystem::remove(data(name));
  }
  Result<RebuildReport> rebuild() {
    left.clear();
    RebuildOptions how;
    how.data_directory = options.data_directory;
    how.force = force;
    how.on_left = [this](const RebuildOptions::Left& one) { left.push_back(one.path + ": " + one.cause); };
    how.on_progress = on_progress;
    return storage::rebuild(how, disk, clock);
  }
  RebuildReport must_rebuild() {
    auto report = rebuild();
    INFO((report ? std::string() : report.error().message));
    REQUIRE(report);
    return *report;
  }
  std::size_t in_quarantine() {
    if (!std::filesystem::exists(data("quarantine"))) return 0;
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(data("quarantine")), {}));
  }
  std::string object_of(std::string_view content) {
    for (const auto& path : object_files()) {
      if (read_file(path) == content) return path;
    }
    FAIL("no object has this content");
    return {};
  }

  FaultyFileLayer disk;  // of the rebuilding only
  bool force = false;
  std::vector<std::string> left;
  std::function<void(std::uint64_t)> on_progress;
};

// Changes an object's bytes as a failing disk does: by no time that can be seen.
inline void rot(const std::string& path, std::string_view content) {
  const auto time = std::filesystem::last_write_time(path);
  overwrite(path, content);
  std::filesystem::last_write_time(path, time);
}

}  // namespace ndisk::storage
