// AccountBook: the Accounts of this store. Reads on the caller's thread, changes through the commit queue.
#pragma once

#include "storage/accounts.hpp"
#include "storage/catalog.hpp"
#include "storage/commit_queue.hpp"

namespace ndisk::storage {

class AccountBook final : public Accounts {
 public:
  AccountBook(Catalog& catalog, CommitQueue& queue) : catalog_(catalog), queue_(queue) {}

  // Makes the user "owner" and its local device, unless they are there.
  [[nodiscard]] Result<void> make_owner();

  Result<InviteToken> create_invite(const std::string& user_name) override;
  Result<Identity> enrol(const InviteToken& token, const PublicKey& key, const std::string& device_name) override;
  Result<Identity> find_device(const PublicKey& key) override;
  Result<Identity> local_owner() override;
  Result<bool> is_new() override;

 private:
  Catalog& catalog_;
  CommitQueue& queue_;
};

}  // namespace ndisk::storage
