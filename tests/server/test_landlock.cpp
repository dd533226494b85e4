#include "server/landlock.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "tests/catch.hpp"
#include "tests/temporary_folder.hpp"

namespace ndisk::server {
namespace {

constexpr int kNotConfined = 255;

// A child confines itself and calls; returns what the call returned (0 to 254). Confinement can't be taken back, so a
// process of its own has to do it.
int confined(const LandlockRules& rules, const std::function<int()>& call) {
  const pid_t child = ::fork();
  if (child == 0) {
    const auto version = confine(rules);
    ::_exit(version && *version > 0 ? call() : kNotConfined);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  REQUIRE(WEXITSTATUS(status) != kNotConfined);
  return WEXITSTATUS(status);
}

int error_of(bool succeeded) { return succeeded ? 0 : errno; }

int open_error(const std::string& path, int flags) {
  const int file = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
  return error_of(file >= 0);
}

void write(const std::string& path) { std::ofstream(path) << "content"; }

struct Folders {
  TemporaryFolder folder;
  std::string inside = folder.path() + "/data", outside = folder.path() + "/planted";

  Folders() {
    std::filesystem::create_directory(inside);
    write(inside + "/file");
    write(outside);
  }
  [[nodiscard]] LandlockRules rules() const { return {.folders = {inside}, .readable = {}, .tcp_ports = {}}; }
};

bool has_landlock() {
  if (landlock_version() > 0) return true;
  WARN("this kernel has no Landlock: not tested");
  return false;
}

int bind_error(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return error_of(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
}

}  // namespace

TEST_CASE("landlock: a path outside of the folders can't be opened, whether to read, to write or to list") {
  if (!has_landlock()) return;
  const Folders folders;
  const auto try_all = [&] {
    if (open_error(folders.outside, O_RDONLY) != EACCES) return 1;
    if (open_error(folders.outside, O_WRONLY) != EACCES) return 2;
    if (open_error(folders.folder.path(), O_RDONLY | O_DIRECTORY) != EACCES) return 3;
    if (open_error(folders.outside + "2", O_WRONLY | O_CREAT) != EACCES) return 4;
    return open_error(folders.inside + "/../planted", O_RDONLY) == EACCES ? 0 : 5;
  };
  CHECK(confined(folders.rules(), try_all) == 0);
}

TEST_CASE("landlock: a link planted inside does not lead outside") {
  if (!has_landlock()) return;
  const Folders folders;
  std::filesystem::create_symlink(folders.outside, folders.inside + "/link");
  CHECK(confined(folders.rules(), [&] { return open_error(folders.inside + "/link", O_RDONLY); }) == EACCES);
}

TEST_CASE("landlock: in its folders a process does all that a drive needs") {
  if (!has_landlock()) return;
  const Folders folders;
  const auto& in = folders.inside;
  const auto work = [&] {
    if (::mkdir((in + "/a").c_str(), 0700) != 0 || ::mkdir((in + "/b").c_str(), 0700) != 0) return 1;
    if (open_error(in + "/a/new", O_RDWR | O_CREAT) != 0) return 2;
    if (::truncate((in + "/a/new").c_str(), 10) != 0) return 3;
    if (::link((in + "/a/new").c_str(), (in + "/b/linked").c_str()) != 0) return 4;
    if (::rename((in + "/a/new").c_str(), (in + "/b/moved").c_str()) != 0) return 5;
    if (::unlink((in + "/b/moved").c_str()) != 0 || ::rmdir((in + "/a").c_str()) != 0) return 6;
    return open_error(in, O_RDONLY | O_DIRECTORY);
  };
  CHECK(confined(folders.rules(), work) == 0);
}

TEST_CASE("landlock: nothing can be run, not even from inside") {
  if (!has_landlock()) return;
  const Folders folders;
  std::filesystem::copy_file("/bin/true", folders.inside + "/true");
  const auto run = [&] {
    ::execl((folders.inside + "/true").c_str(), "true", nullptr);
    return errno;
  };
  CHECK(confined(folders.rules(), run) == EACCES);
}

TEST_CASE("landlock: what may only be read can't be written") {
  if (!has_landlock()) return;
  const Folders folders;
  auto rules = folders.rules();
  rules.readable = {folders.outside, folders.folder.path() + "/not there"};
  CHECK(confined(rules, [&] { return open_error(folders.outside, O_RDONLY); }) == 0);
  CHECK(confined(rules, [&] { return open_error(folders.outside, O_WRONLY); }) == EACCES);
}

TEST_CASE("landlock: ports that were not named can't be bound, nor connected to") {
  if (landlock_version() < 4) {
    WARN("this kernel's Landlock knows no TCP: not tested");
    return;
  }
  const Folders folders;
  auto rules = folders.rules();
  rules.tcp_ports = {0};
  const auto connect = [] {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(9);
    return error_of(::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  };
  CHECK(confined(rules, [] { return bind_error(0); }) == 0);
  CHECK(confined(rules, [] { return bind_error(61'234); }) == EACCES);
  CHECK(confined(rules, connect) == EACCES);
}

TEST_CASE("landlock: threads that start afterwards are confined, too") {
  if (!has_landlock()) return;
  const Folders folders;
  const auto open_in_thread = [&] {
    int error = 0;
    std::thread([&] { error = open_error(folders.outside, O_RDONLY); }).join();
    return error;
  };
  CHECK(confined(folders.rules(), open_in_thread) == EACCES);
}

TEST_CASE("landlock: a folder that is not there is an error that names it, and confines nothing") {
  if (!has_landlock()) return;
  const Folders folders;
  auto rules = folders.rules();
  rules.folders = {folders.inside + "/missing"};
  const auto refused = confine(rules);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::kNotFound);
  CHECK(refused.error().message.find("missing") != std::string::npos);
  CHECK(open_error(folders.outside, O_RDONLY) == 0);
}

}  // namespace ndisk::server
