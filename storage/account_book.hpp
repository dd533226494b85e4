// AccountBook: the Accounts of this store. Reads on the caller's thread, changes through the commit queue.
#pragma once

#include "storage/accounts.hpp"
#include "storage/catalog.hpp"
#include "storage/uploads.hpp"

namespace ndisk::storage {

class AccountBook final : public Accounts {
 public:
  AccountBook(Catalog& catalog, CommitQueue& queue, Uploads& uploads, const StagedBytes& staged)
      : catalog_(catalog), queue_(queue), uploads_(uploads), staged_(staged) {}

  // Makes the user "owner" and its local device, unless they are there.
  [[nodiscard]] Result<void> make_owner();

  Result<InviteToken> create_invite(const std::string& user_name, TimeNs lifetime) override;
  Result<Identity> enrol(const InviteToken& token, const PublicKey& key, const std::string& device_name) override;
  Result<Identity> find_device(const PublicKey& key) override;
  Result<Identity> local_owner() override;
  Result<void> create_user(const std::string& name, std::optional<std::uint64_t> quota) override;
  Result<std::int64_t> remove_user(const std::string& name, bool with_files) override;
  Result<void> set_quota(const std::string& name, std::optional<std::uint64_t> quota) override;
  Result<std::vector<UserSummary>> users(const std::string& after, std::size_t limit) override;
  Result<std::vector<DeviceSummary>> devices(const std::string& user, const std::optional<DeviceId>& after,
                                             std::size_t limit) override;
  Result<void> revoke_device(const DeviceId& id) override;
  Result<bool> is_new() override;

 private:
  Catalog& catalog_;
  CommitQueue& queue_;
  Uploads& uploads_;
  const StagedBytes& staged_;
};

}  // namespace ndisk::storage
