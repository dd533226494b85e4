#include <sys/stat.h>

#include <filesystem>

#include "client/transfer/remembered_digests.hpp"
#include "tests/catch.hpp"
#include "tests/client/scratch_folder.hpp"

namespace ndisk::client {
namespace {

constexpr TimeNs kChanged = 1'700'000'000 * kSecondNs;
constexpr TimeNs kLongAfter = kChanged + 3600 * kSecondNs;

FileState state_of_file(std::uint64_t inode) { return {7, inode, 100, kChanged, kChanged + 1}; }

struct Table {
  ScratchFolder scratch;
  std::filesystem::path path = std::filesystem::path(scratch.path("cache")) / "ndisk" / "digests";
  const Digest digest = sha256(as_bytes("content"));
};

}  // namespace

TEST_CASE("remembered digests: what one process remembers, the next one finds") {
  Table table;
  RememberedDigests(table.path).remember(state_of_file(1), table.digest, kLongAfter);
  CHECK(RememberedDigests(table.path).find(state_of_file(1)) == table.digest);
}

TEST_CASE("remembered digests: a file of which anything changed is another one") {
  Table table;
  const RememberedDigests digests(table.path);
  const auto state = state_of_file(1);
  digests.remember(state, table.digest, kLongAfter);
  for (auto changed : {FileState{8, 1, 100, state.mtime, state.ctime}, FileState{7, 2, 100, state.mtime, state.ctime},
                       FileState{7, 1, 101, state.mtime, state.ctime}, FileState{7, 1, 100, 5, state.ctime},
                       FileState{7, 1, 100, state.mtime, state.ctime + 1}}) {
    CHECK(digests.find(changed) == std::nullopt);
  }
}

TEST_CASE("remembered digests: a file that was changed a moment before it was read is not remembered") {
  Table table;
  const RememberedDigests digests(table.path);
  const auto state = state_of_file(1);
  digests.remember(state, table.digest, state.ctime + RememberedDigests::kSettled - 1);
  CHECK(digests.find(state) == std::nullopt);
  digests.remember(state, table.digest, state.ctime + RememberedDigests::kSettled);
  CHECK(digests.find(state) == table.digest);
}

TEST_CASE("remembered digests: a newer state of a file takes the place of the older") {
  Table table;
  const RememberedDigests digests(table.path);
  auto newer = state_of_file(1);
  newer.ctime += kSecondNs;
  digests.remember(state_of_file(1), table.digest, kLongAfter);
  digests.remember(newer, sha256(as_bytes("other")), kLongAfter);
  CHECK(digests.find(newer) == sha256(as_bytes("other")));
  CHECK(digests.find(state_of_file(1)) == std::nullopt);
}

TEST_CASE("remembered digests: the table keeps its size however many files there are") {
  Table table;
  const RememberedDigests digests(table.path);
  for (std::uint64_t inode = 1; inode <= 100'000; ++inode) {
    digests.remember(state_of_file(inode), table.digest, kLongAfter);
  }
  CHECK(std::filesystem::file_size(table.path) < 4'000'000);
  CHECK(digests.find(state_of_file(100'000)) == table.digest);
}

TEST_CASE("remembered digests: a record that is not whole is none") {
  Table table;
  const RememberedDigests digests(table.path);
  digests.remember(state_of_file(1), table.digest, kLongAfter);
  std::string bytes = table.scratch.read("cache/ndisk/digests");
  const auto at = bytes.find(std::string(as_text(table.digest)));
  REQUIRE(at != std::string::npos);
  bytes[at + 5] = static_cast<char>(bytes[at + 5] ^ 1);
  table.scratch.write("cache/ndisk/digests", bytes);
  CHECK(RememberedDigests(table.path).find(state_of_file(1)) == std::nullopt);
}

TEST_CASE("remembered digests: a table that others can write is not believed") {
  Table table;
  RememberedDigests(table.path).remember(state_of_file(1), table.digest, kLongAfter);
  REQUIRE(::chmod(table.path.c_str(), 0620) == 0);
  CHECK(RememberedDigests(table.path).find(state_of_file(1)) == std::nullopt);
}

TEST_CASE("remembered digests: without a place nothing is remembered") {
  const RememberedDigests digests(std::nullopt);
  digests.remember(state_of_file(1), sha256({}), kLongAfter);
  CHECK(digests.find(state_of_file(1)) == std::nullopt);
}

}  // namespace ndisk::client
