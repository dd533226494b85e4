#include "storage/quota.hpp"

#include <algorithm>

#include "common/shown_name.hpp"

namespace ndisk::storage {

Result<std::uint64_t> check_quota(const UserRow& user, const QuotaNeed& need) {
  if (!user.quota) return std::uint64_t{INT64_MAX};
  const auto quota = *user.quota;
  const auto used = user.stored + need.staged;
  const auto room = quota - std::min(quota, used);
  if (need.bytes <= room) return room - need.bytes;
  if (need.bytes == 0) return 0;
  if (need.healable > 0) {
    // Also for whoever is over the quota.
    const auto limit = std::max(quota, user.stored);
    const auto others = user.stored - std::min(user.stored, need.healable) + need.staged;
    const auto room_to_heal = limit - std::min(limit, others);
    if (need.bytes <= room_to_heal) return room_to_heal - need.bytes;
  }
  const auto uploads =
      need.staged == 0 ? std::string() : " (" + std::to_string(need.staged) + " of them by unfinished uploads)";
  return fail(ErrorCode::kNoSpace, shown_name(need.path) + " does not fit: the quota of " + user.name + " is " +
                                       std::to_string(quota) + " bytes, " + std::to_string(used) + " are used" +
                                       uploads + ", and it needs " + std::to_string(need.bytes) +
                                       "; remove something and empty the trash, or ask for a larger quota");
}

}  // namespace ndisk::storage
