// A drive with an older and a newer file, older catalogs for it, and what a crash leaves of it.
#pragma once

#include "storage/rebuild.hpp"
#include "storage/sqlite.hpp"
#include "tests/storage/backup_fixture.hpp"
#include "tests/storage/crash_copy.hpp"

namespace ndisk::storage {

class EpochFixture : public BackupFixture {
  static constexpr const char* kCatalogFiles[] = {"ndisk.db", "ndisk.db-wal", "ndisk.db-shm"};

 public:
  // The older file, before the catalog is kept that is put back later.
  void put_older() { REQUIRE(put("older", "1")); }
  void put_newer() {
    REQUIRE(put("newer", "2"));
    REQUIRE(drive->flush_tree());
  }
  // The older file, a backup, the newer file.
  void back_up_between() {
    put_older();
    must_back_up();
    put_newer();
  }
  // For as long as its reader isn't run, it keeps the log from being begun anew, and so the next epoch from beginning.
  void turn_tree_off() {
    options.tree = false;
    reopen();
  }
  void keep_catalog() {
    std::filesystem::create_directories(kept());
    for (const auto* name : kCatalogFiles) {
      if (std::filesystem::exists(data(name))) std::filesystem::copy_file(data(name), kept() + "/" + name);
    }
  }
  // From here on the drive lies where a crash left it.
  void crash() {
    const auto copy = folder.path() + "/after-crash";
    copy_as_after_crash(options.data_directory, copy);
    options.data_directory = copy;
  }
  void put_back(const std::string& from) {
    CHECK(std::filesystem::exists(from + "/ndisk.db"));
    for (const auto* name : kCatalogFiles) {
      std::filesystem::remove(data(name));
      if (std::filesystem::exists(from + "/" + name)) std::filesystem::copy_file(from + "/" + name, data(name));
    }
  }
  // In place of the catalog of a drive that ended in order.
  void end_and_put_back(const std::string& from) {
    drive.reset();
    put_back(from);
  }
  void must_rebuild() {
    RebuildOptions how;
    how.data_directory = options.data_directory;
    how.force = true;
    REQUIRE(rebuild(how, files, clock));
  }
  // The catalog of the older file alone, where a newer one was stored since; nobody has the directory.
  void put_older_back(const std::function<void()>& while_newer = [] {}) {
    put_older();
    drive.reset();
    keep_catalog();
    open();
    put_newer();
    while_newer();
    drive.reset();
    put_back(kept());
  }
  Result<void> try_to_open() {
    auto opened = Drive::open(options, files, clock);
    if (!opened) return std::unexpected(opened.error());
    return {};
  }
  void check_refused() {
    const auto opened = try_to_open();
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == ErrorCode::kIntegrity);
    CHECK_THAT(opened.error().message, Catch::Contains("not the newest that was used there"));
    CHECK(read_file(data("tree/owner/newer")) == "2");
    CHECK(object_files().size() == 2);
  }
  // As they lie there, each with its name.
  [[nodiscard]] std::string catalog_bytes() const {
    std::string bytes;
    for (const auto* name : {"ndisk.db", "ndisk.db-wal"}) bytes += name + read_file(data(name));
    return bytes;
  }
  [[nodiscard]] std::string kept() const { return folder.path() + "/kept"; }
  [[nodiscard]] std::vector<std::string> notes() const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(options.data_directory)) {
      const auto name = entry.path().filename().string();
      if (name.starts_with("catalog-epoch.")) found.push_back(name);
    }
    return found;
  }
};

}  // namespace ndisk::storage
