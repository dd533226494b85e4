#include "server/identity_files.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "storage/posix_file_layer.hpp"
#include "tests/catch.hpp"
#include "tests/temporary_folder.hpp"

namespace ndisk::server {
namespace {

unsigned mode_of(const std::string& path) {
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  return info.st_mode & 0777;
}

Result<net::ServerIdentity> identity_in(const TemporaryFolder& folder) {
  storage::PosixFileLayer files;
  return load_or_make_identity(files, folder.path());
}

}  // namespace

TEST_CASE("identity files: the first start makes a key only its owner can read, and later starts find the same") {
  const TemporaryFolder folder;
  const auto first = identity_in(folder);
  const auto second = identity_in(folder);
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
  CHECK(identity_in(folder).has_value());
}

TEST_CASE("identity files: a key without its certificate is an error and is not replaced") {
  const TemporaryFolder folder;
  REQUIRE(identity_in(folder).has_value());
  std::filesystem::remove(folder.path() + "/tls/certificate.pem");
  CHECK_FALSE(identity_in(folder).has_value());
  CHECK(std::filesystem::exists(folder.path() + "/tls/key.pem"));
}

TEST_CASE("identity files: a key that others could read is closed to them") {
  const TemporaryFolder folder;
  const auto first = identity_in(folder);
  REQUIRE(::chmod((folder.path() + "/tls/key.pem").c_str(), 0644) == 0);
  const auto again = identity_in(folder);
  REQUIRE((first && again));
  CHECK(again->key_pem == first->key_pem);
  CHECK(mode_of(folder.path() + "/tls/key.pem") == 0600);
}

TEST_CASE("identity files: what was planted in the key's place is neither followed nor waited for") {
  const TemporaryFolder folder;
  REQUIRE(identity_in(folder).has_value());
  const auto key = folder.path() + "/tls/key.pem";
  std::filesystem::rename(key, folder.path() + "/elsewhere");
  SECTION("a symbolic link") { std::filesystem::create_symlink(folder.path() + "/elsewhere", key); }
  SECTION("a pipe that nobody writes to") { REQUIRE(::mkfifo(key.c_str(), 0600) == 0); }
  SECTION("a folder") { std::filesystem::create_directory(key); }
  CHECK_FALSE(identity_in(folder).has_value());
}

TEST_CASE("identity files: nothing is removed through a link in place of what a cut start leaves") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.path() + "/elsewhere");
  std::ofstream(folder.path() + "/elsewhere/key.pem") << "somebody's";
  std::filesystem::create_directory_symlink(folder.path() + "/elsewhere", folder.path() + "/tls.new");
  CHECK_FALSE(identity_in(folder).has_value());
  CHECK(std::filesystem::exists(folder.path() + "/elsewhere/key.pem"));
}

TEST_CASE("identity files: a link in place of the folder is refused") {
  const TemporaryFolder folder;
  REQUIRE(identity_in(folder).has_value());
  std::filesystem::rename(folder.path() + "/tls", folder.path() + "/moved");
  std::filesystem::create_directory_symlink(folder.path() + "/moved", folder.path() + "/tls");
  CHECK_FALSE(identity_in(folder).has_value());
}

}  // namespace ndisk::server
