#include <sys/stat.h>

#include <fstream>

#include "client/profile.hpp"
#include "tests/catch.hpp"
#include "tests/client/scratch_folder.hpp"

namespace ndisk::client {
namespace {

Profile example() { return {.addresses = {{"nas.local", 7420}, {"::1", 99}}, .pin = Digest{1, 2, 3}, .user = "owner"}; }

ProfileStore store_in(const ScratchFolder& scratch, const std::string& name = "default") {
  return ProfileStore::open(scratch.path("config/ndisk"), name).value();
}

mode_t mode_of(const std::filesystem::path& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777;
}

TEST_CASE("profile: what an enrolment stored is loaded again") {
  const ScratchFolder scratch;
  const auto store = store_in(scratch);
  const auto seed = store.pending_key().value();
  REQUIRE(store.enrolled(example()));
  const auto profile = store.load();
  REQUIRE(profile);
  CHECK(profile->addresses == example().addresses);
  CHECK(profile->pin == example().pin);
  CHECK(profile->user == "owner");
  CHECK(store.load_key().value() == seed);
}

TEST_CASE("profile: what is behind a '#' in its name, or in its addresses, is not shown") {
  const ScratchFolder scratch;
  const auto named = ProfileStore::open(scratch.path("config/ndisk"), "nas/#c2VjcmV0");
  REQUIRE_FALSE(named);
  CHECK_THAT(named.error().message, !Catch::Contains("c2VjcmV0"));
  const auto store = store_in(scratch);
  REQUIRE(store.pending_key());
  std::ofstream(store.profile_path()) << "pin = '" << to_hex(example().pin) << "'\naddresses = ['nas/#c2VjcmV0']\n";
  const auto profile = store.load();
  REQUIRE_FALSE(profile);
  CHECK_THAT(profile.error().message, !Catch::Contains("c2VjcmV0"));
}

TEST_CASE("profile: folder and files are for this user only") {
  const ScratchFolder scratch;
  const auto store = store_in(scratch);
  REQUIRE(store.pending_key());
  REQUIRE(store.enrolled(example()));
  CHECK(mode_of(store.key_path().parent_path()) == 0700);
  CHECK(mode_of(store.key_path()) == 0600);
  CHECK(mode_of(store.profile_path()) == 0600);
}

TEST_CASE("profile: a try whose answer was lost is made again with the same key") {
  const ScratchFolder scratch;
  const auto first = store_in(scratch).pending_key().value();
  const auto second = store_in(scratch).pending_key().value();
  CHECK(second == first);
}

TEST_CASE("profile: a key that the server refused is not used again") {
  const ScratchFolder scratch;
  const auto store = store_in(scratch);
  const auto refused = store.pending_key().value();
  store.discard_pending();
  CHECK(store.pending_key().value() != refused);
}

TEST_CASE("profile: another enrolment leaves the old key in use until it is through") {
  const ScratchFolder scratch;
  const auto store = store_in(scratch);
  const auto old_key = store.pending_key().value();
  REQUIRE(store.enrolled(example()));
  const auto new_key = store.pending_key().value();
  CHECK(new_key != old_key);
  CHECK(store.load_key().value() == old_key);
  REQUIRE(store.enrolled(example()));
  CHECK(store.load_key().value() == new_key);
}

TEST_CASE("profile: a machine that is not enrolled is told to log in") {
  const ScratchFolder scratch;
  const auto profile = store_in(scratch).load();
  REQUIRE(!profile);
  CHECK(profile.error().code == ErrorCode::kNotAllowed);
  CHECK(profile.error().message.find("ndisk login") != std::string::npos);
}

TEST_CASE("profile: a key that others can read is refused") {
  const ScratchFolder scratch;
  const auto store = store_in(scratch);
  REQUIRE(store.pending_key());
  REQUIRE(store.enrolled(example()));
  REQUIRE(::chmod(store.key_path().c_str(), 0644) == 0);
  const auto key = store.load_key();
  REQUIRE(!key);
  CHECK(key.error().code == ErrorCode::kNotAllowed);
}

TEST_CASE("profile: a damaged file is invalid and named") {
  const ScratchFolder scratch;
  const auto store = store_in(scratch);
  const auto* content = GENERATE("user = ", "user = \"a\"", "pin = \"00\"\naddresses = [\"a\"]", "\xff");
  scratch.write("config/ndisk/default.toml", content);
  const auto profile = store.load();
  REQUIRE(!profile);
  CHECK(profile.error().code == ErrorCode::kInvalid);
  CHECK(profile.error().message.find("default.toml") != std::string::npos);
}

TEST_CASE("profile: names that are paths are refused") {
  const ScratchFolder scratch;
  CHECK(ProfileStore::open(scratch.path(), "work-2.b_c"));
  CHECK(!ProfileStore::open(scratch.path(), ""));
  CHECK(!ProfileStore::open(scratch.path(), "../other"));
  CHECK(!ProfileStore::open(scratch.path(), ".hidden"));
}

}  // namespace
}  // namespace ndisk::client
