// What uploads take of their users' quotas.

#include "storage/log.hpp"
#include "storage/quota.hpp"
#include "storage/uploads.hpp"

namespace ndisk::storage {
namespace {

// How far an upload of unknown size may go on before somebody looks again.
constexpr std::uint64_t kQuotaStep = 1 << 20;

Error too_many_uploads(const UserRow& user) {
  return {ErrorCode::kNoSpace,
          user.name + " has " + std::to_string(kMaxUploadsOfUser) +
              " unfinished uploads, which are all that a user may have: go on with some of them, or cancel them "
              "('ndisk uploads' lists them)",
          false};
}

}  // namespace

// All of a known size at once. That user and device are looked for after the upload is in the registry sees to it that
// the uploads of a removed user or a revoked device are dropped by who removes it, or here.
Result<void> Uploads::take_quota(const SharedUpload& upload, std::uint64_t holder, const Actor& actor) {
  const auto id = actor.user;
  const auto found =
      catalog_.read([&](Database& database) -> Result<UserRow> { return UserTable(database).require(actor); });
  if (!found) {
    const bool may_go_on = found.error().code != ErrorCode::kNotAllowed;
    const auto dropped = may_go_on ? Result<bool>(false) : drop(upload, holder);
    if (!dropped) log_warning("an upload expires later: " + dropped.error().message);
    return std::unexpected(found.error());
  }
  // Whether it heals anything is known at its commit, which looks again.
  const auto take = [&](const UserRow& user, std::uint64_t healable) -> Result<void> {
    const Lock lock(upload->mutex);
    // Whoever fenced this hold off has settled what the upload takes.
    if (upload->retired || upload->holder != holder) return {};
    const auto bytes = upload->key.size.value_or(upload->received);
    const auto room = check_quota(user, {upload->key.path, bytes, staged_.of(user.id, upload->id), healable});
    if (!room) return std::unexpected(room.error());
    if (!staged_.set_within(upload->id, user.id, bytes, kMaxUploadsOfUser)) {
      return std::unexpected(too_many_uploads(user));
    }
    upload->granted = bytes;
    return {};
  };
  if (!found->quota) return take(*found, 0);
  // One after the other, and after what was stored before.
  return queue_.run<void>([&](WriteContext& context) -> Result<void> {
    const auto* user = context.user(id);
    if (user == nullptr) return fail(ErrorCode::kNotAllowed, kNoSuchUser);
    auto taken = take(*user, 0);
    if (taken || taken.error().code != ErrorCode::kNoSpace) return taken;
    // Summed up only where it may matter.
    const auto healable = context.objects.damaged_bytes(id, upload->key.size);
    return healable == 0 ? taken : take(*user, healable);
  });
}

// With the mutex of an upload of unknown size held: up to `bytes` will have come. Another change that is stored at the
// same moment may be overlooked; the commit overlooks nothing.
Result<void> Uploads::extend_quota(ActiveUpload& upload, std::uint64_t bytes) {
  if (bytes > upload.granted) {
    const auto id = upload.actor.user;
    QuotaNeed need{upload.key.path, bytes, staged_.of(id, upload.id)};
    Result<std::uint64_t> room = 0;
    const auto user = catalog_.read([&](Database& database) -> Result<UserRow> {
      auto found = UserTable(database).require(id);
      if (!found) return found;
      room = check_quota(*found, need);
      if (room) return found;
      // Summed up only where it may matter.
      need.healable = ObjectTable(database).damaged_bytes(id, upload.key.size);
      room = check_quota(*found, need);
      return found;
    });
    if (!user) return std::unexpected(user.error());
    if (!room) return std::unexpected(room.error());
    if (!staged_.set_within(upload.id, id, bytes, kMaxUploadsOfUser)) return std::unexpected(too_many_uploads(*user));
    upload.granted = bytes + std::min(*room, kQuotaStep);
    return {};
  }
  staged_.set(upload.id, upload.actor.user, bytes);
  return {};
}

void Uploads::settle_quota(const ActiveUpload& upload) {
  if (upload.recorded) {
    staged_.set(upload.id, upload.actor.user, upload.durable);
  } else {
    staged_.remove(upload.id);
  }
}

}  // namespace ndisk::storage
