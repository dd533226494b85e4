// Looking at one thing, moving and copying.
#include "storage/drive_core.hpp"

namespace ndisk::storage {

Result<Status> DriveCore::stat(const Actor&, const RemotePath&) { return fail(ErrorCode::kInternal, "not built yet"); }

void DriveCore::move(const Actor&, MoveRequest, Completion<Placed> done) {
  done(fail(ErrorCode::kInternal, "not built yet"));
}

void DriveCore::copy(const Actor&, CopyRequest, Completion<Placed> done) {
  done(fail(ErrorCode::kInternal, "not built yet"));
}

}  // namespace ndisk::storage
