// Listing, looking at one thing, moving and copying.
#include "storage/answers.hpp"
#include "storage/change_weight.hpp"
#include "storage/copy_changes.hpp"
#include "storage/disk_room.hpp"
#include "storage/drive_core.hpp"
#include "storage/listing.hpp"
#include "storage/move_changes.hpp"
#include "storage/node_status.hpp"

namespace ndisk::storage {

Result<Status> DriveCore::stat(const Actor& actor, const RemotePath& path) {
  const Gate gate(*this);
  if (!gate.is_open()) return std::unexpected(closed_error());
  return catalog_->read([&](Database& database) -> Result<Status> {
    const auto user = UserTable(database).require(actor.user);
    if (!user) return std::unexpected(user.error());
    return status_of(database, *user, path);
  });
}

void DriveCore::move(const Actor& actor, MoveRequest request, Completion<Placed> done) {
  const Gate gate(*this);
  if (!gate.is_open()) return done(std::unexpected(closed_error()));
  const auto heavy = catalog_->read([&](Database& database) { return is_heavy(database, actor, request); });
  if (!heavy) return done(std::unexpected(heavy.error()));
  submit(actor, *heavy,
         std::make_unique<Change<Placed>>(
             [actor, request = std::move(request), is_light = !*heavy](WriteContext& context, NewObject*) {
               return move_path(context, actor, request, is_light);
             },
             std::move(done)));
}

void DriveCore::copy(const Actor& actor, CopyRequest request, Completion<Placed> done) {
  const Gate gate(*this);
  if (!gate.is_open()) return done(std::unexpected(closed_error()));
  const auto weight =
      catalog_->read_long([&](Database& database) { return weigh(database, actor, request, options_.tree); });
  if (!weight) return done(std::unexpected(weight.error()));
  submit(actor, weight->is_heavy,
         std::make_unique<Change<Placed>>(
             [this, actor, request = std::move(request), weight = *weight](WriteContext& context,
                                                                           NewObject*) -> Result<Placed> {
               const Asked asked{actor, request.request_id, RequestKind::kCopy};
               const auto checked = check_unanswered(context, asked, [&] { return check_room_for_copy(weight); });
               if (!checked) return std::unexpected(checked.error());
               return copy_path(context, actor, request, !weight.is_heavy);
             },
             std::move(done)));
}

// No content is written, but rows for each node.
Result<void> DriveCore::check_room_for_copy(const Weight& weight) {
  if (auto room = check_room(files_, objects_.folder(), 1); !room) return room;
  return check_room_for_rows(files_, objects_.folder(), weight.bytes);
}

void DriveCore::submit(const Actor& actor, bool is_heavy, std::unique_ptr<Mutation> change) {
  if (is_heavy) return queue_.submit_heavy(actor.user, std::move(change));
  queue_.submit(std::move(change));
}

}  // namespace ndisk::storage
