// Users, quotas and revocation.
#include "storage/account_book.hpp"

namespace ndisk::storage {

Result<void> AccountBook::create_user(const std::string&, std::optional<std::uint64_t>) {
  return fail(ErrorCode::kInternal, "not built yet");
}

Result<std::int64_t> AccountBook::remove_user(const std::string&, bool) {
  return fail(ErrorCode::kInternal, "not built yet");
}

Result<void> AccountBook::set_quota(const std::string&, std::optional<std::uint64_t>) {
  return fail(ErrorCode::kInternal, "not built yet");
}

Result<std::vector<UserSummary>> AccountBook::users(const std::string&, std::size_t) {
  return fail(ErrorCode::kInternal, "not built yet");
}

Result<std::vector<DeviceSummary>> AccountBook::devices(const std::string&, const std::optional<DeviceId>&,
                                                        std::size_t) {
  return fail(ErrorCode::kInternal, "not built yet");
}

Result<void> AccountBook::revoke_device(const DeviceId&) { return fail(ErrorCode::kInternal, "not built yet"); }

}  // namespace ndisk::storage
