// Removing, making folders, and the housekeeping that front ends start.
#include "storage/drive_core.hpp"
#include "storage/folder_changes.hpp"
#include "storage/log.hpp"

namespace ndisk::storage {
void DriveCore::remove(const Actor& actor, const RequestId& request_id, const RemotePath& path, bool recursive,
                       Completion<std::uint64_t> done) {
  const Gate gate(*this);
  if (!gate.is_open()) return done(std::unexpected(closed_error()));
  submit(
      actor, is_deep(path),
      std::make_unique<Change<std::uint64_t>>(
          [=](WriteContext& context, NewObject*) { return remove_path(context, actor, request_id, path, recursive); },
          std::move(done)));
}

void DriveCore::make_folder(const Actor& actor, FolderRequest request, Completion<std::uint64_t> done) {
  const Gate gate(*this);
  if (!gate.is_open()) return done(std::unexpected(closed_error()));
  if (request.attributes) request.attributes->mode &= 0777;
  const bool is_far_down = is_deep(request.path);
  submit(actor, is_far_down,
         std::make_unique<Change<std::uint64_t>>(
             [actor, request = std::move(request)](WriteContext& context, NewObject*) {
               return storage::make_folder(context, actor, request);
             },
             std::move(done)));
}

Result<std::vector<UploadSummary>> DriveCore::uploads(const Actor& actor) {
  const Gate gate(*this);
  if (!gate.is_open()) return std::unexpected(closed_error());
  return uploads_.list(actor.user);
}

Result<void> DriveCore::cancel_upload(const Actor& actor, const UploadId& id) {
  const Gate gate(*this);
  if (!gate.is_open()) return std::unexpected(closed_error());
  return uploads_.cancel(actor.user, id);
}

Result<CollectReport> DriveCore::collect() {
  const Gate gate(*this);
  if (!gate.is_open()) return std::unexpected(closed_error());
  // A disk that is full must not keep the collector from making room.
  if (auto begun = begin_epoch(); !begun) log_warning(begun.error().message);
  return collector_.run(options_.upload_lifetime);
}

Result<void> DriveCore::flush_tree() {
  const Gate gate(*this);
  if (!gate.is_open()) return std::unexpected(closed_error());
  return options_.tree ? mirror_.flush() : Result<void>();
}

}  // namespace ndisk::storage
