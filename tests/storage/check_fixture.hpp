// A drive that is checked, and damaged before: what a check says of it.
#pragma once

#include <sys/stat.h>

#include <fstream>

#include "tests/storage/history_fixture.hpp"

namespace ndisk::storage {

struct Checked {
  CheckReport report;
  std::vector<Finding> found;

  // "object owner:a/b v3 mended", a line a finding.
  [[nodiscard]] std::vector<std::string> lines() const {
    std::vector<std::string> all;
    for (const auto& one : found) {
      std::string line = finding_word(one.kind);
      if (!one.user.empty()) line += " " + one.user + ":" + one.path;
      if (one.version != 0) line += " v" + std::to_string(one.version);
      if (!one.damage) line += " (no damage)";
      if (one.mended) line += " mended";
      all.push_back(line);
    }
    return all;
  }
  [[nodiscard]] std::string causes() const {
    std::string all;
    for (const auto& one : found) all += one.cause + " | " + one.advice + "\n";
    return all;
  }
};

class CheckFixture : public HistoryFixture {
 public:
  Result<Checked> try_check(const CheckRequest& request = {}) {
    auto check = drive->check(request);
    if (!check) return std::unexpected(check.error());
    Checked checked;
    for (;;) {
      const auto more = (*check)->step(checked.found);
      if (!more) return std::unexpected(more.error());
      if (!*more) break;
    }
    checked.report = (*check)->report();
    return checked;
  }
  Checked check(const CheckRequest& request = {}) {
    auto checked = try_check(request);
    INFO((checked ? std::string() : checked.error().message));
    REQUIRE(checked);
    return *checked;
  }
  Checked repair() { return check({.repair = true}); }
  void check_clean(const CheckRequest& request = {.read_data = true, .restart = true}) {
    const auto checked = check(request);
    INFO(checked.causes());
    CHECK(checked.lines().empty());
    CHECK(checked.report.damage == 0);
    CHECK(checked.report.litter == 0);
  }

  // The one object file with this content.
  std::string object_file(std::string_view text) {
    const auto digest = to_hex(sha256(as_bytes(text)));
    for (const auto& file : object_files()) {
      if (file.find(digest) != file.npos) return file;
    }
    FAIL("no object has this content");
    return {};
  }
  // Bit rot: other content of the same size, with the same mtime and mode.
  static void rot(const std::string& file) {
    struct stat before {};
    REQUIRE(::stat(file.c_str(), &before) == 0);
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    REQUIRE(stream.is_open());
    stream.put('#');
    stream.close();
    const timespec times[2] = {before.st_atim, before.st_mtim};
    REQUIRE(::utimensat(AT_FDCWD, file.c_str(), times, 0) == 0);
  }
  // Runs SQL on the catalog while nobody has the drive open.
  void edit_catalog(const char* sql) {
    drive.reset();
    {
      const auto database = catalog();
      database->run_script(sql);
      const auto error = database->take_error();
      INFO((error ? error->message : std::string()));
      REQUIRE_FALSE(error);
    }
    open();
  }
};

}  // namespace ndisk::storage
