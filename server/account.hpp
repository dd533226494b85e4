// The accounts of this machine that the server runs under: looked up, and become for good.
//
// For the one thread there is at the start. Blocks on disk (and on whatever knows this machine's users).
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "common/error.hpp"

namespace ndisk::server {

// Who serves a new data directory if root starts it: the account of the package, if there is one; else a number that
// nobody has, out of those that systemd leaves to nobody in particular (60578 to 61183).
inline constexpr char kServiceAccount[] = "ndisk";
inline constexpr uid_t kNamelessUser = 60742;

struct Account {
  std::string name;
  uid_t user = 0;
  gid_t group = 0;
};

// kNotFound: this machine has no such user.
[[nodiscard]] Result<Account> find_account(const std::string& name);
[[nodiscard]] Result<Account> find_account(uid_t user);
// A group's number, by its name or its number. kNotFound: there is no such group.
[[nodiscard]] Result<gid_t> find_group(const std::string& name);

// The account of this name, or the number kNamelessUser where this machine has none.
[[nodiscard]] Account unprivileged_account(const std::string& preferred = kServiceAccount);

// Who a server that was started as root is to be from here on: `wanted` if that is not empty; else whoever owns the
// catalog or, before there is one, the data directory; and for one of root's that is new or empty, an account without
// rights. Nothing if that is root, or if this process isn't root. kNotFound: no such user. kNotAllowed: this process
// isn't root, and can't become `wanted`.
[[nodiscard]] Result<std::optional<Account>> account_to_become(const std::string& data_directory,
                                                               const std::string& wanted);

// What to type to give a data directory away.
[[nodiscard]] std::string words_to_give(const Account& account, const std::string& data_directory);

// As root: asks the kernel whether the account, with the group `also`, can come to the data directory, which need not
// be there. Changes nothing. kNotAllowed: a folder above is closed to it; the message names it, and the ways out.
[[nodiscard]] Result<void> check_reach(const Account& account, std::optional<gid_t> also,
                                       const std::string& data_directory);

// Becomes the account: user, groups (with `also`, if given), and no way back. A data directory that is still empty is
// given to it. kNotAllowed: the data directory is not empty and somebody else's, or a folder above it is closed to the
// account.
[[nodiscard]] Result<void> become(const Account& account, std::optional<gid_t> also, const std::string& data_directory);

// For a command that works on a data directory itself: started as root, it becomes whoever that belongs to. Nothing
// where there is no data directory.
[[nodiscard]] Result<void> become_owner(const std::string& data_directory);

}  // namespace ndisk::server
