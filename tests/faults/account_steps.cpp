// Steps that change who may come.
#include "tests/faults/steps.hpp"

namespace ndisk::faults {
namespace {

using Accounts = storage::Accounts;

std::string in_users(const std::string& user) { return "user:/" + user; }
std::string in_devices(const std::string& user) { return "device:/" + user; }

storage::PublicKey key_of(const std::string& user) { return sha256(as_bytes(user)); }

// One that succeeded although it was told that it had failed is refused with this when it is asked for again.
Step account_step(const std::string& name, std::optional<ErrorCode> when_done,
                  const std::function<Result<void>(World&, Accounts&)>& call,
                  std::function<std::optional<Holding>(Holding)> apply) {
  const auto begin = [=](World& world) {
    Result<void> result = fail(ErrorCode::kIo, "the drive is not open");
    if (world.drive) result = call(world, world.drive->accounts());
    if (!result && result.error().code == when_done) result = {};
    return ended(std::move(result));
  };
  return {name, begin, std::move(apply)};
}

std::optional<Holding> with(Holding holding, const std::string& name, const std::string& state) {
  holding[name] = state;
  return holding;
}

}  // namespace

Step create_user(const std::string& user) {
  return account_step(
      "create the user " + user, ErrorCode::kConflict,
      [=](World&, Accounts& accounts) { return accounts.create_user(user, 1 << 30); },
      [=](Holding holding) { return with(std::move(holding), in_users(user), ""); });
}

Step invite(const std::string& user) {
  const auto call = [=](World& world, Accounts& accounts) -> Result<void> {
    const auto token = accounts.create_invite(user);
    if (!token) return std::unexpected(token.error());
    world.tokens[user] = *token;
    return {};
  };
  return account_step("invite " + user, std::nullopt, call, same);
}

Step enrol(const std::string& user) {
  const auto call = [=](World& world, Accounts& accounts) -> Result<void> {
    const auto identity = accounts.enrol(world.tokens[user], key_of(user), "laptop");
    if (!identity) return std::unexpected(identity.error());
    const auto found = accounts.find_device(key_of(user));
    if (!found) return std::unexpected(found.error());
    CHECK(found->actor.device == identity->actor.device);
    CHECK(found->user_name == user);
    return {};
  };
  return account_step("enrol a device of " + user, std::nullopt, call,
                      [=](Holding holding) { return with(std::move(holding), in_devices(user), ""); });
}

Step revoke(const std::string& user) {
  const auto call = [=](World&, Accounts& accounts) -> Result<void> {
    const auto devices = accounts.devices(user, {}, 10);
    if (!devices) return std::unexpected(devices.error());
    if (devices->empty()) return fail(ErrorCode::kNotFound, user + " has no device");
    auto revoked = accounts.revoke_device(devices->front().id);
    if (revoked) CHECK_FALSE(accounts.find_device(key_of(user)));
    return revoked;
  };
  const auto apply = [=](Holding holding) -> std::optional<Holding> {
    if (!holding.contains(in_devices(user))) return std::nullopt;
    return with(std::move(holding), in_devices(user), "revoked");
  };
  return account_step("revoke the device of " + user, std::nullopt, call, apply);
}

Step remove_user(const std::string& user) {
  const auto call = [=](World&, Accounts& accounts) -> Result<void> {
    const auto removed = accounts.remove_user(user, true);
    if (!removed) return std::unexpected(removed.error());
    return {};
  };
  const auto apply = [=](Holding holding) -> std::optional<Holding> {
    std::erase_if(holding, [&](const auto& entry) { return entry.first.starts_with(in_users(user)); });
    holding.erase(in_devices(user));
    return holding;
  };
  return account_step("remove the user " + user, ErrorCode::kNotFound, call, apply);
}

}  // namespace ndisk::faults
