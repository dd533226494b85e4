// Every seed and every finding goes through its target again: in the ordinary suite, with every compiler and sanitizer.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "tests/catch.hpp"
#include "tests/fuzz/targets.hpp"

namespace ndisk::fuzz {
namespace {

namespace fs = std::filesystem;

const fs::path kHere = fs::path(NDISK_SOURCE_DIR) / "tests" / "fuzz";

std::vector<fs::path> files_of(std::string_view kind, std::string_view target) {
  const auto folder = kHere / kind / target;
  std::vector<fs::path> files;
  if (!fs::is_directory(folder)) return files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

Bytes content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file.is_open());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void replay(const Target& target, ByteView input) {
  try {
    target.run(input);
  } catch (const std::exception& error) {
    FAIL(error.what());
  }
}

TEST_CASE("hostile bytes: every seed passes through its target") {
  for (const auto& target : targets()) {
    const auto seeds = files_of("corpus", target.name);
    CAPTURE(target.name);
    CHECK_FALSE(seeds.empty());
    for (const auto& seed : seeds) {
      CAPTURE(seed);
      replay(target, content_of(seed));
    }
  }
}

TEST_CASE("hostile bytes: what once broke a target breaks it no more") {
  for (const auto& target : targets()) {
    for (const auto& finding : files_of("findings", target.name)) {
      CAPTURE(finding);
      replay(target, content_of(finding));
    }
  }
}

TEST_CASE("hostile bytes: no bytes, and one alone, pass through every target") {
  for (const auto& target : targets()) {
    CAPTURE(target.name);
    replay(target, {});
    for (unsigned value = 0; value < 32; ++value) {
      CAPTURE(value);
      const auto byte = static_cast<std::uint8_t>(value);
      replay(target, {&byte, 1});
    }
  }
}

TEST_CASE("hostile bytes: a property that does not hold is noticed") {
  CHECK_THROWS_AS(require(false, "one that is broken on purpose"), std::logic_error);
  CHECK_NOTHROW(require(true, "one that holds"));
}

}  // namespace
}  // namespace ndisk::fuzz
