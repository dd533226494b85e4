#include "server/identity_files.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/catch.hpp"
#include "tests/temporary_folder.hpp"

namespace ndisk::server {
namespace {

unsigned mode_of(const std::string& path) {
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  return info.st_mode & 0777;
}

}  // namespace

TEST_CASE("identity files: the first start makes a key only its owner can read, and later starts find the same") {
  const TemporaryFolder folder;
  const auto first = load_or_make_identity(folder.path());
  const auto second = load_or_make_identity(folder.path());
  REQUIRE((first && second));
  CHECK(first->key_pem == second->key_pem);
  CHECK(first->certificate_pem == second->certificate_pem);
  CHECK(mode_of(folder.path() + "/tls") == 0700);
  CHECK(mode_of(folder.path() + "/tls/key.pem") == 0600);
}

TEST_CASE("identity files: a first start that was cut short leaves nothing that stops the next") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.path() + "/tls.new");
  std::ofstream(folder.path() + "/tls.new/key.pem") << "half";
  CHECK(load_or_make_identity(folder.path()).has_value());
}

TEST_CASE("identity files: a key without its certificate is an error and is not replaced") {
  const TemporaryFolder folder;
  REQUIRE(load_or_make_identity(folder.path()).has_value());
  std::filesystem::remove(folder.path() + "/tls/certificate.pem");
  CHECK_FALSE(load_or_make_identity(folder.path()).has_value());
  CHECK(std::filesystem::exists(folder.path() + "/tls/key.pem"));
}

TEST_CASE("identity files: a key that others could read is closed to them") {
  const TemporaryFolder folder;
  const auto first = load_or_make_identity(folder.path());
  REQUIRE(::chmod((folder.path() + "/tls/key.pem").c_str(), 0644) == 0);
  const auto again = load_or_make_identity(folder.path());
  REQUIRE((first && again));
  CHECK(again->key_pem == first->key_pem);
  CHECK(mode_of(folder.path() + "/tls/key.pem") == 0600);
}

TEST_CASE("identity files: what was planted in the key's place is neither followed nor waited for") {
  const TemporaryFolder folder;
  REQUIRE(load_or_make_identity(folder.path()).has_value());
  const auto key = folder.path() + "/tls/key.pem";
  std::filesystem::rename(key, folder.path() + "/elsewhere");
  SECTION("a symbolic link") { std::filesystem::create_symlink(folder.path() + "/elsewhere", key); }
  SECTION("a pipe that nobody writes to") { REQUIRE(::mkfifo(key.c_str(), 0600) == 0); }
  SECTION("a folder") { std::filesystem::create_directory(key); }
  CHECK_FALSE(load_or_make_identity(folder.path()).has_value());
}

TEST_CASE("identity files: a link in place of the folder is refused") {
  const TemporaryFolder folder;
  REQUIRE(load_or_make_identity(folder.path()).has_value());
  std::filesystem::rename(folder.path() + "/tls", folder.path() + "/moved");
  std::filesystem::create_directory_symlink(folder.path() + "/moved", folder.path() + "/tls");
  CHECK_FALSE(load_or_make_identity(folder.path()).has_value());
}

}  // namespace ndisk::server
