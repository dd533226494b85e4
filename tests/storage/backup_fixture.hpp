// A drive, a folder beside it for its backups, and a second drive that serves one of them.
#pragma once

#include "storage/backup.hpp"
#include "tests/storage/drive_fixture.hpp"

namespace ndisk::storage {

class BackupFixture : public DriveFixture {
 public:
  BackupFixture() {
    to.data_directory = options.data_directory;
    to.destination = folder.path() + "/backup";
    to.on_damage = [this](const DamagedContent& one) { damaged.push_back(one); };
  }

  Result<BackUpReport> back_up() {
    damaged.clear();
    return storage::back_up(to, disk);
  }
  BackUpReport must_back_up() {
    auto report = back_up();
    INFO((report ? std::string() : report.error().message));
    REQUIRE(report);
    return *report;
  }

  // What somebody finds who serves a copy of the backup: the owner's files, as "path=content".
  std::vector<std::string> restored() {
    namespace fs = std::filesystem;
    const auto copy = folder.path() + "/restored";
    fs::remove_all(copy);
    fs::copy(to.destination, copy, fs::copy_options::recursive);
    DriveFixture other(copy);
    std::vector<std::string> found;
    for (const auto& name : other.names("", true)) {
      if (!name.ends_with('/')) found.push_back(name + "=" + other.content(name));
    }
    return found;
  }

  [[nodiscard]] std::vector<std::string> backed_up_objects() const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(to.destination + "/objects")) {
      if (entry.is_regular_file()) found.push_back(entry.path());
    }
    return found;
  }
  [[nodiscard]] std::string backed_up(const std::string& name) const { return to.destination + "/" + name; }

  FaultyFileLayer disk;  // of the backup only
  BackUpOptions to;
  std::vector<DamagedContent> damaged;
};

inline void overwrite(const std::string& path, std::string_view content) {
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
}

}  // namespace ndisk::storage
