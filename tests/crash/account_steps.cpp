#include "tests/crash/account_steps.hpp"

#include <algorithm>

#include "tests/crash/steps.hpp"

namespace ndisk::crash {
namespace {

// Done again, it finds what it was to do.
Result<void> done_unless(Result<void> result, ErrorCode is_so_already) {
  return !result && result.error().code == is_so_already ? Result<void>() : result;
}

template <class T>
Result<void> only_whether(Result<T> result) {
  return result ? Result<void>() : std::unexpected(std::move(result.error()));
}

Result<void> revoke_by_name(storage::Accounts& accounts, const std::string& name) {
  const auto devices = accounts.devices("", std::nullopt, 100);
  if (!devices) return std::unexpected(devices.error());
  const auto found = std::ranges::find(*devices, name, &storage::DeviceSummary::name);
  // Gone with its user.
  if (found == devices->end()) return {};
  return accounts.revoke_device(found->id);
}

}  // namespace

Step make_user(const std::string& name) {
  return {"make user " + name, {}, [=](OpenDrive& drive, storage::Completion<void> done) {
            auto made = drive.drive().accounts().create_user(name, std::nullopt);
            done(done_unless(std::move(made), ErrorCode::kConflict));
          }};
}

Step put_of(const std::string& user, const std::string& path, const std::string& content) {
  const auto name = "put of " + user + " " + path;
  return {name, {}, [=](OpenDrive& drive, storage::Completion<void> done) {
            const auto actor = drive.enrol(user);
            if (!actor) return done(std::unexpected(actor.error()));
            drive.drive().put_small(*actor, OpenDrive::small(name, path, storage::to_bytes(content)),
                                    without_value<storage::Committed>(std::move(done)));
          }};
}

Step put_by(const std::string& device, const std::string& path, const std::string& content) {
  const auto name = "put by " + device + " " + path;
  return {name, {}, [=](OpenDrive& drive, storage::Completion<void> done) {
            const auto identity = drive.drive().accounts().find_device(OpenDrive::key_of(device));
            if (!identity) return done(std::unexpected(identity.error()));
            drive.drive().put_small(identity->actor, OpenDrive::small(name, path, storage::to_bytes(content)),
                                    without_value<storage::Committed>(std::move(done)));
          }};
}

Step invite(const std::string& user, const std::string& device) {
  return {"invite " + device, {}, [=](OpenDrive& drive, storage::Completion<void> done) {
            done(only_whether(drive.invite(user, device)));
          }};
}

Step enrol(const std::string& user, const std::string& device) {
  return {"enrol " + device, {}, [=](OpenDrive& drive, storage::Completion<void> done) {
            const auto token = drive.invite(user, device);
            if (!token) return done(std::unexpected(token.error()));
            done(only_whether(drive.drive().accounts().enrol(*token, OpenDrive::key_of(device), device)));
          }};
}

Step refuse(const std::string& invited, const std::string& device) {
  return {"refuse " + device, {}, [=](OpenDrive& drive, storage::Completion<void> done) {
            const auto invite = drive.notes().invites.at(invited);
            const auto identity = drive.drive().accounts().enrol(invite.token, OpenDrive::key_of(device), device);
            if (identity) return done(fail(ErrorCode::kIntegrity, "an invite let " + device + " in"));
            done(done_unless(std::unexpected(identity.error()), ErrorCode::kNotAllowed));
          }};
}

Step revoke(const std::string& device) {
  Step step{"revoke " + device, {}, [=](OpenDrive& drive, storage::Completion<void> done) {
              done(revoke_by_name(drive.drive().accounts(), device));
            }};
  step.apart = "upload ";
  return step;
}

Step remove_user(const std::string& name) {
  return {"remove user " + name, {}, [=](OpenDrive& drive, storage::Completion<void> done) {
            done(done_unless(only_whether(drive.drive().accounts().remove_user(name, true)), ErrorCode::kNotFound));
          }};
}

}  // namespace ndisk::crash
