#include "tests/fuzz/message_types.hpp"

namespace ndisk::fuzz {
namespace {

template <class Message>
std::unique_ptr<google::protobuf::MessageLite> make() {
  return std::make_unique<Message>();
}

}  // namespace

// No default: a type that is added without its message is a warning.
std::unique_ptr<google::protobuf::MessageLite> message_of(protocol::FrameType type) {
  using protocol::FrameType;
  switch (type) {
    case FrameType::kHello: return make<wire::Hello>();
    case FrameType::kServerHello: return make<wire::ServerHello>();
    case FrameType::kLogin: return make<wire::Login>();
    case FrameType::kLocalLogin: return make<wire::LocalLogin>();
    case FrameType::kEnrol: return make<wire::Enrol>();
    case FrameType::kWelcome: return make<wire::Welcome>();
    case FrameType::kError: return make<wire::ErrorMessage>();
    case FrameType::kCancel: return make<wire::Cancel>();
    case FrameType::kPing: return make<wire::Ping>();
    case FrameType::kPong: return make<wire::Pong>();
    case FrameType::kProgress: return make<wire::Progress>();
    case FrameType::kGoAway: return make<wire::GoAway>();
    case FrameType::kPutSmall: return make<wire::PutSmall>();
    case FrameType::kOffer: return make<wire::Offer>();
    case FrameType::kResume: return make<wire::Resume>();
    case FrameType::kSend: return make<wire::Send>();
    case FrameType::kCommit: return make<wire::Commit>();
    case FrameType::kCommitted: return make<wire::Committed>();
    case FrameType::kCopyRange: return make<wire::CopyRange>();
    case FrameType::kGetChunks: return make<wire::GetChunks>();
    case FrameType::kChunksPage: return make<wire::ChunksPage>();
    case FrameType::kOpen: return make<wire::Open>();
    case FrameType::kFileInfo: return make<wire::FileInfo>();
    case FrameType::kSmallFile: return make<wire::FileInfo>();
    case FrameType::kVerify: return make<wire::Verify>();
    case FrameType::kVerified: return make<wire::Verified>();
    case FrameType::kCheckReceipt: return make<wire::CheckReceipt>();
    case FrameType::kReceiptState: return make<wire::ReceiptState>();
    case FrameType::kList: return make<wire::List>();
    case FrameType::kListPage: return make<wire::ListPage>();
    case FrameType::kStat: return make<wire::Stat>();
    case FrameType::kStatInfo: return make<wire::StatInfo>();
    case FrameType::kListVersions: return make<wire::ListVersions>();
    case FrameType::kVersionsPage: return make<wire::VersionsPage>();
    case FrameType::kListTrash: return make<wire::ListTrash>();
    case FrameType::kTrashPage: return make<wire::TrashPage>();
    case FrameType::kRemove: return make<wire::Remove>();
    case FrameType::kMakeFolder: return make<wire::MakeFolder>();
    case FrameType::kDone: return make<wire::Done>();
    case FrameType::kListUploads: return make<wire::ListUploads>();
    case FrameType::kUploadsPage: return make<wire::UploadsPage>();
    case FrameType::kCancelUpload: return make<wire::CancelUpload>();
    case FrameType::kMove: return make<wire::Move>();
    case FrameType::kCopy: return make<wire::Copy>();
    case FrameType::kRestore: return make<wire::Restore>();
    case FrameType::kRestoreTrash: return make<wire::RestoreTrash>();
    case FrameType::kEmptyTrash: return make<wire::EmptyTrash>();
    case FrameType::kCreateInvite: return make<wire::CreateInvite>();
    case FrameType::kInvite: return make<wire::Invite>();
    case FrameType::kGetStatus: return make<wire::GetStatus>();
    case FrameType::kStatus: return make<wire::Status>();
    case FrameType::kCreateUser: return make<wire::CreateUser>();
    case FrameType::kRemoveUser: return make<wire::RemoveUser>();
    case FrameType::kSetQuota: return make<wire::SetQuota>();
    case FrameType::kListUsers: return make<wire::ListUsers>();
    case FrameType::kUsersPage: return make<wire::UsersPage>();
    case FrameType::kListDevices: return make<wire::ListDevices>();
    case FrameType::kDevicesPage: return make<wire::DevicesPage>();
    case FrameType::kRevokeDevice: return make<wire::RevokeDevice>();
    case FrameType::kCheck: return make<wire::Check>();
    case FrameType::kCollectNow: return make<wire::CollectNow>();
    case FrameType::kMaintenance: return make<wire::Maintenance>();
    case FrameType::kEnd:
    case FrameType::kData: break;
  }
  return nullptr;
}

}  // namespace ndisk::fuzz
