#include "server/account.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <vector>

#include "tests/catch.hpp"
#include "tests/temporary_folder.hpp"

namespace ndisk::server {
namespace {

constexpr uid_t kNobody = 65534;
constexpr gid_t kSomeGroup = 4321;

bool is_root() {
  if (::geteuid() == 0) return true;
  WARN("not root: not tested");
  return false;
}

// A data directory that everybody can come to.
struct Data {
  TemporaryFolder folder;
  std::string path = folder.path() + "/data";

  Data() {
    std::filesystem::permissions(folder.path(), std::filesystem::perms(0711));
    std::filesystem::create_directory(path);
  }
  [[nodiscard]] uid_t owner() const {
    struct stat info {};
    REQUIRE(::stat(path.c_str(), &info) == 0);
    return info.st_uid;
  }
};

// What a child returns (0 to 255): who became somebody else can't come back.
int in_child(const std::function<int()>& call) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(call());
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

}  // namespace

TEST_CASE("account: the data directory's owner is who a server of root becomes") {
  if (!is_root()) return;
  const Data data;
  REQUIRE(::chown(data.path.c_str(), kNobody, kNobody) == 0);
  const auto account = account_to_become(data.path, "");
  REQUIRE(account.has_value());
  REQUIRE(account->has_value());
  CHECK((*account)->user == kNobody);
}

TEST_CASE("account: a catalog of root's stays with root, whoever owns the directory") {
  if (!is_root()) return;
  const Data data;
  REQUIRE(::chown(data.path.c_str(), kNobody, kNobody) == 0);
  std::ofstream(data.path + "/ndisk.db") << "catalog";
  const auto account = account_to_become(data.path, "");
  REQUIRE(account.has_value());
  CHECK_FALSE(account->has_value());
}

TEST_CASE("account: a data directory of root's changes nothing") {
  if (!is_root()) return;
  const Data data;
  const auto account = account_to_become(data.path, "");
  REQUIRE(account.has_value());
  CHECK_FALSE(account->has_value());
}

TEST_CASE("account: an unknown user is not found") {
  const Data data;
  const auto account = account_to_become(data.path, "no-such-user-here");
  REQUIRE_FALSE(account.has_value());
  CHECK(account.error().code == ErrorCode::kNotFound);
  CHECK(account.error().message.find("no-such-user-here") != std::string::npos);
}

TEST_CASE("account: who became somebody else can't come back, and has the groups that were asked for") {
  if (!is_root()) return;
  const Data data;
  const auto try_back = [&] {
    const auto nobody = find_account(kNobody);
    if (!nobody || !become(*nobody, kSomeGroup, data.path)) return 1;
    if (::geteuid() != kNobody || ::getuid() != kNobody) return 2;
    if (::setuid(0) == 0 || ::seteuid(0) == 0 || ::setgid(0) == 0) return 3;
    std::vector<gid_t> groups(64);
    const int count = ::getgroups(static_cast<int>(groups.size()), groups.data());
    groups.resize(static_cast<std::size_t>(std::max(count, 0)));
    if (std::ranges::find(groups, kSomeGroup) == groups.end()) return 4;
    if (std::ranges::find(groups, gid_t{0}) != groups.end()) return 5;
    return ::open("/etc/shadow", O_RDONLY) < 0 ? 0 : 6;
  };
  CHECK(in_child(try_back) == 0);
  CHECK(data.owner() == kNobody);
}

TEST_CASE("account: a directory with other things in it is not given away") {
  if (!is_root()) return;
  const Data data;
  std::ofstream(data.path + "/something") << "of somebody";
  const auto nobody = find_account(kNobody);
  REQUIRE(nobody.has_value());
  const auto refused = become(*nobody, std::nullopt, data.path);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::kNotAllowed);
  CHECK(refused.error().message.find("chown -R") != std::string::npos);
  CHECK(data.owner() == 0);
  CHECK(::geteuid() == 0);
}

TEST_CASE("account: a folder above that is closed to the account is named as the cause") {
  if (!is_root()) return;
  const Data data;
  std::filesystem::permissions(data.folder.path(), std::filesystem::perms(0700));
  const auto become_nobody = [&] {
    const auto nobody = find_account(kNobody);
    const auto refused = become(nobody.value(), std::nullopt, data.path);
    if (refused || refused.error().code != ErrorCode::kNotAllowed) return 1;
    return refused.error().message.find("folders above") != std::string::npos ? 0 : 2;
  };
  CHECK(in_child(become_nobody) == 0);
}

TEST_CASE("account: a group is found by its name or its number") {
  const auto by_name = find_group("root");
  REQUIRE(by_name.has_value());
  CHECK(*by_name == 0);
  CHECK(find_group("4321").value_or(0) == kSomeGroup);
  const auto unknown = find_group("no such group");
  REQUIRE_FALSE(unknown.has_value());
  CHECK(unknown.error().code == ErrorCode::kNotFound);
}

}  // namespace ndisk::server
