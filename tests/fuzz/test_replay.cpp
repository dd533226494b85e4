// Every seed and every finding goes through its target again: in the ordinary suite, with every compiler and sanitizer.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

#include "tests/catch.hpp"
#include "tests/fuzz/mutation.hpp"
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

// What programs print about bytes that make no sense is nothing to read. With a sanitizer its report has to get
// through.
class Silence {
 public:
  Silence() {
    std::cout.flush();
    std::fflush(nullptr);
    const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    for (const int stream : kStreams) {
      kept_[static_cast<std::size_t>(stream) - 1] = ::dup(stream);
      ::dup2(nowhere, stream);
    }
    ::close(nowhere);
  }
  ~Silence() {
    std::cout.flush();
    std::fflush(nullptr);
    for (const int stream : kStreams) {
      ::dup2(kept_[static_cast<std::size_t>(stream) - 1], stream);
      ::close(kept_[static_cast<std::size_t>(stream) - 1]);
    }
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  static constexpr std::array kStreams{STDOUT_FILENO, STDERR_FILENO};
  std::array<int, 2> kept_{};
};

// What is said of it, if a property does not hold.
std::string fault_of(const Target& target, ByteView input) {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  const Silence silence;
#endif
  try {
    target.run(input);
  } catch (const std::exception& error) {
    return error.what();
  }
  return {};
}

void replay(const Target& target, ByteView input) { CHECK(fault_of(target, input) == ""); }

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

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// Of all targets, or of NDISK_FUZZ_TARGET alone: NDISK_FUZZ_ROUNDS inputs each, made from NDISK_FUZZ_SEED. What breaks
// a target is in `input`, and in the file NDISK_FUZZ_INPUT, which is written before each run.
TEST_CASE("hostile bytes: what is made of the seeds by chance passes through their targets") {
  const char* only = std::getenv("NDISK_FUZZ_TARGET");
  const char* kept = std::getenv("NDISK_FUZZ_INPUT");
  const auto seed = setting("NDISK_FUZZ_SEED", 1), rounds = setting("NDISK_FUZZ_ROUNDS", 10);
  for (const auto& target : targets()) {
    if (only != nullptr && target.name != only) continue;
    const auto files = files_of("corpus", target.name);
    REQUIRE_FALSE(files.empty());
    Mutation mutation(seed);
    for (std::uint64_t round = 0; round < rounds; ++round) {
      const auto other = content_of(files[mutation.below(files.size())]);
      const auto input = mutation.change(content_of(files[mutation.below(files.size())]), other);
      CAPTURE(target.name, seed, round, to_hex(input));
      if (kept != nullptr) std::ofstream(kept, std::ios::binary).write(as_text(input).data(), std::ssize(input));
      replay(target, input);
    }
  }
}

TEST_CASE("hostile bytes: a property that does not hold is noticed") {
  CHECK_THROWS_AS(require(false, "one that is broken on purpose"), std::logic_error);
  CHECK_NOTHROW(require(true, "one that holds"));
}

}  // namespace
}  // namespace ndisk::fuzz
