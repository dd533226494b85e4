// Accounts that keep nothing: who comes is the owner, or `device` with a key, and what is asked for is written down.
#pragma once

#include <atomic>

#include "storage/accounts.hpp"

namespace ndisk::server {

class FakeAccounts final : public storage::Accounts {
 public:
  Result<storage::InviteToken> create_invite(const std::string&, TimeNs lifetime) override {
    ++administered;
    invite_lifetime = lifetime;
    return storage::InviteToken{1};
  }
  Result<storage::Identity> enrol(const storage::InviteToken&, const storage::PublicKey&, const std::string&) override {
    return local_owner();
  }
  Result<storage::Identity> find_device(const storage::PublicKey&) override {
    if (device) return *device;
    return fail(ErrorCode::kNotAllowed, "no such device");
  }
  Result<storage::Identity> local_owner() override { return storage::Identity{{1, {}}, "owner", "local"}; }
  Result<void> create_user(const std::string& name, std::optional<std::uint64_t> quota) override {
    ++administered;
    created = name;
    created_quota = quota;
    return {};
  }
  Result<std::int64_t> remove_user(const std::string&, bool) override {
    ++administered;
    return removed_id;
  }
  Result<void> set_quota(const std::string&, std::optional<std::uint64_t>) override {
    ++administered;
    return {};
  }
  // user0000 to user0599.
  Result<std::vector<storage::UserSummary>> users(const std::string& after, std::size_t limit) override {
    ++administered;
    std::vector<storage::UserSummary> page;
    for (int number = 0; number < 600 && page.size() < limit; ++number) {
      auto digits = std::to_string(number);
      auto name = "user" + std::string(4 - digits.size(), '0') + digits;
      if (name > after) page.push_back({.name = std::move(name)});
    }
    return page;
  }
  Result<std::vector<storage::DeviceSummary>> devices(const std::string&, const std::optional<storage::DeviceId>& after,
                                                      std::size_t) override {
    ++administered;
    if (after) return std::vector<storage::DeviceSummary>();
    storage::DeviceSummary of_session{.id = {}, .name = "local", .user = "owner", .revoked = {}, .local = true};
    storage::DeviceSummary revoked{.id = {7}, .name = "laptop", .user = "anna", .revoked = 5};
    return std::vector{of_session, revoked};
  }
  Result<void> revoke_device(const storage::DeviceId&) override {
    ++administered;
    return {};
  }
  Result<bool> is_new() override { return false; }

  std::atomic<int> administered = 0;        // calls that only an administrator may have made
  std::optional<storage::Identity> device;  // who logs in with a key; none: nobody
  TimeNs invite_lifetime = 0;
  std::string created;
  std::optional<std::uint64_t> created_quota;
  std::int64_t removed_id = 2;
};

}  // namespace ndisk::server
