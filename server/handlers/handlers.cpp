#include "server/handlers/handlers.hpp"

namespace ndisk::server {

Handler handler_for(protocol::FrameType type) {
  using protocol::FrameType;
  switch (type) {
    case FrameType::kPutSmall: return handle_put_small;
    case FrameType::kOffer: return handle_offer;
    case FrameType::kOpen: return handle_open;
    case FrameType::kGetChunks: return handle_get_chunks;
    case FrameType::kList: return handle_list;
    case FrameType::kRemove: return handle_remove;
    case FrameType::kMakeFolder: return handle_make_folder;
    case FrameType::kListUploads: return handle_list_uploads;
    case FrameType::kCancelUpload: return handle_cancel_upload;
    case FrameType::kPing: return handle_ping;
    case FrameType::kCreateInvite: return handle_create_invite;
    case FrameType::kGetStatus: return handle_get_status;
    case FrameType::kVerify: return handle_verify;
    case FrameType::kCheckReceipt: return handle_check_receipt;
    case FrameType::kStat: return handle_stat;
    case FrameType::kMove: return handle_move;
    case FrameType::kCopy: return handle_copy;
    case FrameType::kListVersions: return handle_list_versions;
    case FrameType::kListTrash: return handle_list_trash;
    case FrameType::kRestore: return handle_restore;
    case FrameType::kRestoreTrash: return handle_restore_trash;
    case FrameType::kEmptyTrash: return handle_empty_trash;
    case FrameType::kCreateUser: return handle_create_user;
    case FrameType::kRemoveUser: return handle_remove_user;
    case FrameType::kSetQuota: return handle_set_quota;
    case FrameType::kListUsers: return handle_list_users;
    case FrameType::kListDevices: return handle_list_devices;
    case FrameType::kRevokeDevice: return handle_revoke_device;
    case FrameType::kCheck: return handle_check;
    case FrameType::kCollectNow: return handle_collect_now;
    default: return nullptr;
  }
}

}  // namespace ndisk::server
