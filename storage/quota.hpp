// The rule of quotas. Pure; any thread.
#pragma once

#include "storage/table_users.hpp"

namespace ndisk::storage {

// What something would take, and what is taken besides.
struct QuotaNeed {
  std::string path;          // for the message
  std::uint64_t bytes = 0;   // that it takes in all; none fit always
  std::uint64_t staged = 0;  // of the user's other uploads
  // Of damaged content that it may take the place of: until that is collected both are there, and it counts once.
  std::uint64_t healable = 0;
};

// How many bytes more would fit. kNoSpace, with quota, use and need named, if not even these do.
[[nodiscard]] Result<std::uint64_t> check_quota(const UserRow& user, const QuotaNeed& need);

}  // namespace ndisk::storage
