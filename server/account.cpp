#include "server/account.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <vector>

namespace ndisk::server {
namespace {

constexpr std::size_t kEntryBytes = 64 * 1024;
constexpr int kMaxGroups = 1024;
constexpr char kCatalog[] = "/ndisk.db";
constexpr char kOrStayRoot[] = "; to let the server stay root: --run-as root";

template <class Look>
Result<Account> look_up(const std::string& shown, Look look) {
  passwd entry{};
  passwd* found = nullptr;
  std::vector<char> buffer(kEntryBytes);
  const int code = look(&entry, buffer.data(), buffer.size(), &found);
  if (code != 0) return fail_errno(code, "looking up the user", shown);
  if (found == nullptr) return fail(ErrorCode::kNotFound, "this machine has no user '" + shown + "'");
  return Account{found->pw_name, found->pw_uid, found->pw_gid};
}

// Of the catalog, or of the data directory before there is one. kNotFound: there is neither.
Result<uid_t> owner_of(const std::string& data_directory) {
  struct stat info {};
  if (::lstat((data_directory + kCatalog).c_str(), &info) == 0) return info.st_uid;
  if (::stat(data_directory.c_str(), &info) == 0) return info.st_uid;
  return fail_errno(errno, "looking at", data_directory);
}

Result<std::vector<gid_t>> groups_of(const Account& account, std::optional<gid_t> also) {
  int count = kMaxGroups;
  std::vector<gid_t> groups(kMaxGroups);
  if (::getgrouplist(account.name.c_str(), account.group, groups.data(), &count) < 0) {
    return fail(ErrorCode::kInvalid, "the user '" + account.name + "' is in too many groups");
  }
  groups.resize(static_cast<std::size_t>(count));
  if (also && std::ranges::find(groups, *also) == groups.end()) groups.push_back(*also);
  return groups;
}

Result<std::optional<Account>> owner_to_become(const std::string& data_directory) {
  if (::geteuid() != 0) return std::nullopt;
  const auto owner = owner_of(data_directory);
  if (!owner) return std::unexpected(owner.error());
  if (*owner == 0) return std::nullopt;
  return find_account(*owner);
}

bool is_new_or_empty(const std::string& data_directory) {
  struct stat info {};
  if (::stat(data_directory.c_str(), &info) != 0) return errno == ENOENT;
  std::error_code failed;
  for (std::filesystem::directory_iterator entry(data_directory, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    if (entry->path().filename() != "lost+found") return false;
  }
  return !failed;
}

// A data directory that is still empty is given away; any other stays whose it is.
Result<void> hand_over(const Account& account, const std::string& data_directory) {
  struct stat info {};
  if (::stat(data_directory.c_str(), &info) != 0) return fail_errno(errno, "looking at", data_directory);
  if (info.st_uid == account.user) return {};
  if (!is_new_or_empty(data_directory)) {
    return fail(ErrorCode::kNotAllowed,
                data_directory + " is not of the user '" + account.name +
                    "' and not empty; if no server uses it: " + words_to_give(account, data_directory));
  }
  if (::chown(data_directory.c_str(), account.user, account.group) != 0) {
    return fail(ErrorCode::kNotAllowed, data_directory + " can't be given to the user " + account.name + ": " +
                                            std::strerror(errno) + kOrStayRoot);
  }
  return {};
}

std::unexpected<Error> fail_to_become(const Account& account, int error_number) {
  return fail(ErrorCode::kNotAllowed,
              "becoming the user " + account.name + ": " + std::strerror(error_number) + kOrStayRoot);
}

// The rights of root, given back when it is destroyed.
class Rights {
 public:
  Rights() {
    const int count = ::getgroups(0, nullptr);
    groups_.resize(static_cast<std::size_t>(std::max(count, 0)));
    if (::getgroups(count, groups_.data()) < 0) groups_.clear();
  }
  Rights(const Rights&) = delete;
  Rights& operator=(const Rights&) = delete;
  ~Rights() {
    // Nothing that comes next may be done with half of them.
    if (::seteuid(user_) != 0 || ::setegid(group_) != 0 || ::setgroups(groups_.size(), groups_.data()) != 0) {
      std::abort();
    }
  }

 private:
  uid_t user_ = ::geteuid();
  gid_t group_ = ::getegid();
  std::vector<gid_t> groups_;
};

// Of the folders above a path, the first that this process may not search; empty: there is none.
std::filesystem::path closed_folder_above(const std::filesystem::path& path) {
  std::filesystem::path folder;
  for (const auto& part : path.parent_path()) {
    folder /= part;
    if (::faccessat(AT_FDCWD, folder.c_str(), X_OK, AT_EACCESS) != 0 && errno == EACCES) return folder;
  }
  return {};
}

}  // namespace

Result<Account> find_account(const std::string& name) {
  auto found = look_up(name, [&](auto... out) { return ::getpwnam_r(name.c_str(), out...); });
  if (!found && name == "root") return Account{name, 0, 0};  // also where a container knows no names
  return found;
}

Result<Account> find_account(uid_t user) {
  auto found = look_up(std::to_string(user), [&](auto... out) { return ::getpwuid_r(user, out...); });
  // A container may know no names: its numbers are enough then.
  if (!found && found.error().code == ErrorCode::kNotFound) return Account{std::to_string(user), user, user};
  return found;
}

Result<gid_t> find_group(const std::string& name) {
  group entry{};
  group* found = nullptr;
  std::vector<char> buffer(kEntryBytes);
  const int code = ::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (code != 0) return fail_errno(code, "looking up the group", name);
  if (found != nullptr) return found->gr_gid;
  gid_t number = 0;
  const auto parsed = std::from_chars(name.data(), name.data() + name.size(), number);
  if (parsed.ec == std::errc() && parsed.ptr == name.data() + name.size()) return number;
  return fail(ErrorCode::kNotFound, "this machine has no group '" + name + "'");
}

Account unprivileged_account(const std::string& preferred) {
  auto found = find_account(preferred);
  if (found && found->user != 0) return std::move(*found);
  return {std::to_string(kNamelessUser), kNamelessUser, kNamelessUser};
}

Result<std::optional<Account>> account_to_become(const std::string& data_directory, const std::string& wanted) {
  if (wanted.empty()) {
    if (::geteuid() != 0) return std::nullopt;
    if (is_new_or_empty(data_directory) && owner_of(data_directory).value_or(0) == 0) return unprivileged_account();
    return owner_to_become(data_directory);
  }
  auto account = find_account(wanted);
  if (!account) return std::unexpected(account.error());
  if (account->user == ::geteuid()) return std::nullopt;
  if (::geteuid() != 0) return fail(ErrorCode::kNotAllowed, "only root can choose who the server runs as");
  return *account;
}

std::string words_to_give(const Account& account, const std::string& data_directory) {
  // One without a name has no group by default.
  const bool nameless = account.name == std::to_string(account.user);
  return "chown -R " + account.name + ":" + (nameless ? std::to_string(account.group) : std::string()) + " " +
         data_directory;
}

Result<void> check_reach(const Account& account, std::optional<gid_t> also, const std::string& data_directory) {
  const auto groups = groups_of(account, also);
  if (!groups) return std::unexpected(groups.error());
  std::error_code unknown;
  const auto given = std::filesystem::absolute(data_directory, unknown);
  const auto resolved = std::filesystem::weakly_canonical(given, unknown);
  const Rights kept;
  if (::setgroups(groups->size(), groups->data()) != 0 || ::setegid(account.group) != 0 ||
      ::seteuid(account.user) != 0) {
    return fail_to_become(account, errno);
  }
  for (const auto& path : {given, resolved}) {
    const auto closed = closed_folder_above(path);
    if (closed.empty()) continue;
    return fail(ErrorCode::kNotAllowed, "the server gives root up for the user '" + account.name +
                                            "', who can't come to " + data_directory + ": " + closed.string() +
                                            " is closed to it; open that for searching (chmod o+x " + closed.string() +
                                            "), choose another data directory, or let the server "
                                            "stay root with --run-as root");
  }
  return {};
}

Result<void> become(const Account& account, std::optional<gid_t> also, const std::string& data_directory) {
  if (auto given = hand_over(account, data_directory); !given) return given;
  const auto groups = groups_of(account, also);
  if (!groups) return std::unexpected(groups.error());
  if (::setgroups(groups->size(), groups->data()) != 0 ||
      ::setresgid(account.group, account.group, account.group) != 0 ||
      ::setresuid(account.user, account.user, account.user) != 0) {
    return fail_to_become(account, errno);
  }
  if (::access((data_directory + "/.").c_str(), R_OK | W_OK | X_OK) != 0) {
    return fail(ErrorCode::kNotAllowed, "the user '" + account.name + "' can't use " + data_directory + " (" +
                                            std::strerror(errno) + "): let it through all folders above");
  }
  return {};
}

Result<void> become_owner(const std::string& data_directory) {
  const auto account = owner_to_become(data_directory);
  if (!account && account.error().code == ErrorCode::kNotFound) return {};
  if (!account) return std::unexpected(account.error());
  return *account ? become(**account, std::nullopt, data_directory) : Result<void>();
}

}  // namespace ndisk::server
