#include "client/transfer/naming.hpp"

#include <unistd.h>

#include "tests/catch.hpp"

namespace ndisk::client {
namespace {

std::string remote_of(const PutOptions& options) {
  const auto sources = plan_put(options);
  REQUIRE(sources);
  REQUIRE(sources->size() == 1);
  return sources->front().remote.bytes();
}

Result<std::vector<GetSource>> plan(const GetOptions& options) {
  std::vector<GetOperand> operands;
  for (const auto& word : options.remotes) operands.push_back({word, RemotePath::from_user(word).value()});
  return plan_get(options, std::move(operands));
}

std::string local_of(const GetOptions& options) {
  const auto sources = plan(options);
  REQUIRE(sources);
  REQUIRE(sources->size() == 1);
  return sources->front().local;
}

TEST_CASE("naming: a file is put at the top under its own name") {
  CHECK(remote_of({.files = {"/home/me/song.mp3"}}) == "song.mp3");
  CHECK(remote_of({.files = {"song.mp3"}}) == "song.mp3");
}

TEST_CASE("naming: -t is a folder, with or without slashes around it") {
  CHECK(remote_of({.files = {"a"}, .target_directory = "/music/"}) == "music/a");
  CHECK(remote_of({.files = {"a"}, .target_directory = "music"}) == "music/a");
  CHECK(remote_of({.files = {"a"}, .target_directory = "/"}) == "a");
}

TEST_CASE("naming: a slash behind a folder changes nothing") {
  CHECK(remote_of({.files = {"photos/"}, .target_directory = "b"}) == "b/photos");
  CHECK(remote_of({.files = {"./x/photos//"}, .target_directory = "b"}) == "b/photos");
}

TEST_CASE("naming: a folder without a name of its own gives its contents") {
  const auto* folder = GENERATE(".", "..", "/", "./", "photos/.");
  CAPTURE(folder);
  CHECK(remote_of({.files = {folder}, .target_directory = "b"}) == "b");
}

TEST_CASE("naming: --name is the whole remote path") {
  CHECK(remote_of({.files = {"a"}, .name = "/deep/down/b"}) == "deep/down/b");
  CHECK(remote_of({.files = {"-"}, .name = "stream"}) == "stream");
}

TEST_CASE("naming: put refuses what can't be named") {
  const auto options =
      GENERATE(PutOptions{.files = {"a", "b"}, .name = "c"}, PutOptions{.files = {"-"}},
               PutOptions{.files = {"a"}, .name = "/"}, PutOptions{.files = {"a"}, .name = "../a"},
               PutOptions{.files = {"a"}, .target_directory = "x/.."}, PutOptions{.files = {""}},
               PutOptions{.files = {"x/same", "y/same"}}, PutOptions{.files = {std::string(256, 'n')}});
  const auto sources = plan_put(options);
  REQUIRE(!sources);
  CHECK(sources.error().code == ErrorCode::kInvalid);
}

TEST_CASE("naming: contents that are put together may have the same names") {
  const auto marks = [](std::vector<std::string> files) {
    const auto sources = plan_put({.files = std::move(files), .target_directory = "t"});
    REQUIRE(sources);
    std::vector<bool> marked;
    for (const auto& source : *sources) marked.push_back(source.may_repeat);
    return marked;
  };
  CHECK(marks({"a/.", "b/."}) == std::vector<bool>{false, true});
  CHECK(marks({"x", "y", "b/.", "z"}) == std::vector<bool>{false, false, true, true});
  CHECK(marks({"x", "y"}) == std::vector<bool>{false, false});
}

TEST_CASE("naming: get writes into the current folder under the remote name") {
  CHECK(local_of({.remotes = {"/music/a.bin"}}) == "./a.bin");
  CHECK(local_of({.remotes = {"a.bin"}, .target_directory = "/tmp/"}) == "/tmp/a.bin");
}

TEST_CASE("naming: the drive itself gives its contents to the target") {
  CHECK(local_of({.remotes = {"/"}, .target_directory = "all"}) == "all");
}

TEST_CASE("naming: -o is the whole local path, and a dash is standard output") {
  CHECK(local_of({.remotes = {"/music/a"}, .output = "x/b"}) == "x/b");
  const auto sources = plan({.remotes = {"a"}, .output = "-"});
  REQUIRE(sources);
  CHECK(sources->front().descriptor == STDOUT_FILENO);
}

TEST_CASE("naming: a remote thing that is named twice is gotten once") {
  CHECK(local_of({.remotes = {"a/b", "/a//b"}}) == "./b");
  CHECK(local_of({.remotes = {"/", "/"}}) == ".");
}

TEST_CASE("naming: what is below an operand is known by its path below the target") {
  const auto below = [](const GetOptions& options) { return plan(options).value().front().below_target; };
  CHECK(below({.remotes = {"x/photos"}, .target_directory = "/tmp"}) == "photos/");
  CHECK(below({.remotes = {"x/photos"}, .output = "/tmp/other/"}) == "other/");
  CHECK(below({.remotes = {"/"}}).empty());
}

TEST_CASE("naming: get refuses what can't be named") {
  const auto options =
      GENERATE(GetOptions{.remotes = {"a", "b"}, .output = "c"}, GetOptions{.remotes = {"a"}, .output = ""},
               GetOptions{.remotes = {"/", "a"}}, GetOptions{.remotes = {"x/same", "y/same"}});
  const auto sources = plan(options);
  REQUIRE(!sources);
  CHECK(sources.error().code == ErrorCode::kInvalid);
}

}  // namespace
}  // namespace ndisk::client
