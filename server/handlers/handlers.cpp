#include "server/handlers/handlers.hpp"

namespace ndisk::server {

Handler handler_for(protocol::FrameType type) {
  using protocol::FrameType;
  switch (type) {
    case FrameType::kPutSmall: return handle_put_small;
    case FrameType::kOffer: return handle_offer;
    case FrameType::kOpen: return handle_open;
    case FrameType::kList: return handle_list;
    case FrameType::kRemove: return handle_remove;
    case FrameType::kMakeFolder: return handle_make_folder;
    case FrameType::kListUploads: return handle_list_uploads;
    case FrameType::kCancelUpload: return handle_cancel_upload;
    case FrameType::kPing: return handle_ping;
    case FrameType::kCreateInvite: return handle_create_invite;
    case FrameType::kGetStatus: return handle_get_status;
    default: return nullptr;
  }
}

}  // namespace ndisk::server
