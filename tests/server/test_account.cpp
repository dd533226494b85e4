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

TEST_CASE("account: a data directory of root's with anything in it stays root's") {
  if (!is_root()) return;
  const Data data;
  std::ofstream(data.path + "/ndisk.db") << "catalog";
  const auto account = account_to_become(data.path, "");
  REQUIRE(account.has_value());
  CHECK_FALSE(account->has_value());
}

TEST_CASE("account: a data directory that is new, or empty and root's, is for an account without rights") {
  if (!is_root()) return;
  const Data data;
  std::filesystem::create_directory(data.path + "/lost+found");
  for (const auto& path : {data.path, data.path + "/new", data.path + "/not/yet/there"}) {
    CAPTURE(path);
    const auto account = account_to_become(path, "");
    REQUIRE(account.has_value());
    REQUIRE(account->has_value());
    CHECK((*account)->user == unprivileged_account().user);
    CHECK((*account)->user != 0);
  }
  CHECK_FALSE(std::filesystem::exists(data.path + "/new"));
}

TEST_CASE("account: the account without rights is the package's, or else a number of nobody's") {
  CHECK(unprivileged_account("nobody").user == kNobody);
  for (const char* name : {"no-such-user-here", "root"}) {
    CAPTURE(name);
    const auto account = unprivileged_account(name);
    CHECK(account.user == kNamelessUser);
    CHECK(account.group == kNamelessUser);
    CHECK(account.name == "60742");
  }
}

TEST_CASE("account: a number without a name can be become, and owns an empty data directory then") {
  if (!is_root()) return;
  const Data data;
  const auto become_nameless = [&] {
    if (!become(unprivileged_account("no-such-user-here"), std::nullopt, data.path)) return 1;
    if (::geteuid() != kNamelessUser || ::getegid() != kNamelessUser || ::getgroups(0, nullptr) > 1) return 2;
    return ::seteuid(0) == 0 ? 3 : 0;
  };
  CHECK(in_child(become_nameless) == 0);
  CHECK(data.owner() == kNamelessUser);
}

TEST_CASE("account: who wants to stay root does") {
  if (!is_root()) return;
  const Data data;
  REQUIRE(::chown(data.path.c_str(), kNobody, kNobody) == 0);
  const auto account = account_to_become(data.path, "root");
  REQUIRE(account.has_value());
  CHECK_FALSE(account->has_value());
}

TEST_CASE("account: a command that asks for no server leaves a data directory of root's as it is") {
  if (!is_root()) return;
  const Data data;
  const auto work = [&] {
    const bool became = become_owner(data.path).has_value() && become_owner(data.path + "/none").has_value();
    return became && ::geteuid() == 0 ? 0 : 1;
  };
  CHECK(in_child(work) == 0);
  CHECK(data.owner() == 0);
}

TEST_CASE("account: a closed folder above is named with the ways out, and the process stays what it was") {
  if (!is_root()) return;
  const Data data;
  const auto closed = data.folder.path() + "/closed";
  std::filesystem::create_directories(closed + "/open");
  const auto account = unprivileged_account("no-such-user-here");
  CHECK(check_reach(account, std::nullopt, closed + "/open/data"));
  std::filesystem::permissions(closed, std::filesystem::perms(0750));
  const auto refused = check_reach(account, kSomeGroup, closed + "/open/data");
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::kNotAllowed);
  for (const auto& words : {closed + " is closed", "chmod o+x " + closed, std::string("--run-as root")}) {
    CHECK(refused.error().message.find(words) != std::string::npos);
  }
  CHECK(::geteuid() == 0);
  CHECK(::getegid() == 0);
  CHECK(std::ofstream(closed + "/file").good());
}

TEST_CASE("account: a folder that is open to the group that was asked for is no obstacle") {
  if (!is_root()) return;
  const Data data;
  std::filesystem::permissions(data.folder.path(), std::filesystem::perms(0750));
  REQUIRE(::chown(data.folder.path().c_str(), 0, kSomeGroup) == 0);
  CHECK(check_reach(unprivileged_account("no-such-user-here"), kSomeGroup, data.path));
  CHECK_FALSE(check_reach(unprivileged_account("no-such-user-here"), std::nullopt, data.path));
}

TEST_CASE("account: a closed folder behind a symbolic link is found") {
  if (!is_root()) return;
  const Data data;
  const auto closed = data.folder.path() + "/closed";
  std::filesystem::create_directories(closed + "/data");
  std::filesystem::permissions(closed, std::filesystem::perms(0700));
  std::filesystem::create_directory_symlink(closed + "/data", data.folder.path() + "/link");
  const auto refused =
      check_reach(unprivileged_account("no-such-user-here"), std::nullopt, data.folder.path() + "/link");
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().message.find(closed + " is closed") != std::string::npos);
}

TEST_CASE("account: what gives a data directory away can be typed, with a name and without") {
  CHECK(words_to_give({"ndisk", 999, 998}, "/srv/ndisk") == "chown -R ndisk: /srv/ndisk");
  CHECK(words_to_give({"60742", 60742, 60742}, "/srv/ndisk") == "chown -R 60742:60742 /srv/ndisk");
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
