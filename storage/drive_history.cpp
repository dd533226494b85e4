// Versions and the trash.
#include "storage/drive_core.hpp"

namespace ndisk::storage {

Result<std::vector<VersionSummary>> DriveCore::versions(const Actor&, const RemotePath&, std::uint64_t, std::size_t) {
  return fail(ErrorCode::kInternal, "not built yet");
}

void DriveCore::restore(const Actor&, const RequestId&, const RemotePath&, std::optional<std::uint64_t>,
                        Completion<Placed> done) {
  done(fail(ErrorCode::kInternal, "not built yet"));
}

Result<std::vector<TrashItem>> DriveCore::trash(const Actor&, std::uint64_t, std::size_t) {
  return fail(ErrorCode::kInternal, "not built yet");
}

void DriveCore::restore_trash(const Actor&, const RequestId&, std::uint64_t, const std::optional<RemotePath>&,
                              Completion<Placed> done) {
  done(fail(ErrorCode::kInternal, "not built yet"));
}

void DriveCore::empty_trash(const Actor&, EmptyTrashRequest, Completion<Emptied> done) {
  done(fail(ErrorCode::kInternal, "not built yet"));
}

}  // namespace ndisk::storage
