#include "common/protocol/frame.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace ndisk::protocol {
namespace {

// How far the payload's memory may run ahead of the bytes that came.
constexpr std::size_t kGrowBytes = 64 * 1024;

void put_u32(std::uint8_t* out, std::uint32_t value) {
  for (int i = 0; i < 4; ++i) out[i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

std::uint32_t get_u32(const std::uint8_t* in) {
  return std::uint32_t{in[0]} << 24 | std::uint32_t{in[1]} << 16 | std::uint32_t{in[2]} << 8 | in[3];
}

bool has_memory(Bytes& payload, std::size_t size) {
  try {
    payload.reserve(size);
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

std::size_t max_payload(FrameType type) { return is_bulk(type) ? kMaxPayloadBytes : kMaxControlBytes; }

}  // namespace

std::string_view frame_type_name(FrameType type) {
  switch (type) {
    case FrameType::kHello: return "Hello";
    case FrameType::kServerHello: return "ServerHello";
    case FrameType::kLogin: return "Login";
    case FrameType::kLocalLogin: return "LocalLogin";
    case FrameType::kEnrol: return "Enrol";
    case FrameType::kWelcome: return "Welcome";
    case FrameType::kError: return "Error";
    case FrameType::kCancel: return "Cancel";
    case FrameType::kPing: return "Ping";
    case FrameType::kPong: return "Pong";
    case FrameType::kProgress: return "Progress";
    case FrameType::kGoAway: return "GoAway";
    case FrameType::kEnd: return "End";
    case FrameType::kPutSmall: return "PutSmall";
    case FrameType::kOffer: return "Offer";
    case FrameType::kResume: return "Resume";
    case FrameType::kSend: return "Send";
    case FrameType::kData: return "Data";
    case FrameType::kCommit: return "Commit";
    case FrameType::kCommitted: return "Committed";
    case FrameType::kCopyRange: return "CopyRange";
    case FrameType::kGetChunks: return "GetChunks";
    case FrameType::kChunksPage: return "ChunksPage";
    case FrameType::kOpen: return "Open";
    case FrameType::kFileInfo: return "FileInfo";
    case FrameType::kSmallFile: return "SmallFile";
    case FrameType::kList: return "List";
    case FrameType::kListPage: return "ListPage";
    case FrameType::kRemove: return "Remove";
    case FrameType::kMakeFolder: return "MakeFolder";
    case FrameType::kDone: return "Done";
    case FrameType::kListUploads: return "ListUploads";
    case FrameType::kUploadsPage: return "UploadsPage";
    case FrameType::kCancelUpload: return "CancelUpload";
    case FrameType::kCreateInvite: return "CreateInvite";
    case FrameType::kInvite: return "Invite";
    case FrameType::kGetStatus: return "GetStatus";
    case FrameType::kStatus: return "Status";
    case FrameType::kVerify: return "Verify";
    case FrameType::kVerified: return "Verified";
    case FrameType::kCheckReceipt: return "CheckReceipt";
    case FrameType::kReceiptState: return "ReceiptState";
    case FrameType::kStat: return "Stat";
    case FrameType::kStatInfo: return "StatInfo";
    case FrameType::kListVersions: return "ListVersions";
    case FrameType::kVersionsPage: return "VersionsPage";
    case FrameType::kListTrash: return "ListTrash";
    case FrameType::kTrashPage: return "TrashPage";
    case FrameType::kMove: return "Move";
    case FrameType::kCopy: return "Copy";
    case FrameType::kRestore: return "Restore";
    case FrameType::kRestoreTrash: return "RestoreTrash";
    case FrameType::kEmptyTrash: return "EmptyTrash";
    case FrameType::kCreateUser: return "CreateUser";
    case FrameType::kRemoveUser: return "RemoveUser";
    case FrameType::kSetQuota: return "SetQuota";
    case FrameType::kListUsers: return "ListUsers";
    case FrameType::kUsersPage: return "UsersPage";
    case FrameType::kListDevices: return "ListDevices";
    case FrameType::kDevicesPage: return "DevicesPage";
    case FrameType::kRevokeDevice: return "RevokeDevice";
    case FrameType::kCheck: return "Check";
    case FrameType::kCollectNow: return "CollectNow";
    case FrameType::kMaintenance: return "Maintenance";
  }
  return "unknown";
}

bool is_known_frame_type(std::uint8_t number) { return frame_type_name(FrameType{number}) != "unknown"; }

bool is_bulk(FrameType type) {
  return type == FrameType::kPutSmall || type == FrameType::kData || type == FrameType::kSmallFile;
}

bool closes_stream(FrameType type) {
  switch (type) {
    case FrameType::kError:
    case FrameType::kEnd:
    case FrameType::kPong:
    case FrameType::kCommitted:
    case FrameType::kSmallFile:
    case FrameType::kDone:
    case FrameType::kInvite:
    case FrameType::kVerified:
    case FrameType::kReceiptState:
    case FrameType::kStatInfo:
    case FrameType::kStatus: return true;
    default: return false;
  }
}

std::array<std::uint8_t, kFrameHeaderBytes> encode_header(const FrameHeader& header) {
  std::array<std::uint8_t, kFrameHeaderBytes> out{};
  put_u32(&out[0], header.length);
  out[4] = static_cast<std::uint8_t>(header.type);
  put_u32(&out[8], header.stream);
  return out;
}

void set_stream(std::span<std::uint8_t> frame, StreamId stream) { put_u32(&frame[8], stream); }

Result<FrameHeader> decode_header(std::span<const std::uint8_t, kFrameHeaderBytes> bytes) {
  const FrameHeader header{get_u32(&bytes[0]), FrameType{bytes[4]}, get_u32(&bytes[8])};
  if (!is_known_frame_type(bytes[4])) {
    return fail(ErrorCode::kProtocol, "unknown frame type 0x" + to_hex(bytes.subspan(4, 1)));
  }
  if (bytes[5] != 0) return fail(ErrorCode::kProtocol, "the flags of a frame must be 0");
  if (bytes[6] != 0 || bytes[7] != 0) return fail(ErrorCode::kProtocol, "the reserved bytes of a frame must be 0");
  if (header.length > max_payload(header.type)) {
    return fail(ErrorCode::kProtocol, "a " + std::string(frame_type_name(header.type)) + " frame's length of " +
                                          std::to_string(header.length) + " is over the limit of " +
                                          std::to_string(max_payload(header.type)) + " bytes");
  }
  return header;
}

Result<std::optional<Frame>> FrameParser::next(ByteView& input) {
  if (error_) return std::unexpected(*error_);
  if (!header_) {
    const auto count = std::min(input.size(), kFrameHeaderBytes - header_filled_);
    std::copy_n(input.begin(), count, header_bytes_.begin() + static_cast<std::ptrdiff_t>(header_filled_));
    header_filled_ += count;
    input = input.subspan(count);
    if (header_filled_ < kFrameHeaderBytes) return std::nullopt;
    const auto header = decode_header(header_bytes_);
    if (!header) {
      error_ = header.error();
      return std::unexpected(*error_);
    }
    if (header->length > payload_limit_) {
      error_ = Error{ErrorCode::kProtocol,
                     "a frame of " + std::to_string(header->length) + " bytes is over the limit of " +
                         std::to_string(payload_limit_) + " that holds now",
                     false};
      return std::unexpected(*error_);
    }
    header_ = *header;
  }
  const auto count = std::min<std::size_t>(input.size(), header_->length - payload_.size());
  // Room for what came and a bounded bit more: what the length claims is not believed, unless the peer has sent as much
  // before. Then the payload is never moved to a larger place.
  const auto needed = payload_.size() + count;
  if (payload_.capacity() < needed) {
    const auto ahead = std::max({needed + kGrowBytes, payload_.size() * 2, largest_});
    if (!has_memory(payload_, std::min<std::size_t>(header_->length, ahead))) {
      error_ = out_of_memory();
      return std::unexpected(*error_);
    }
  }
  payload_.insert(payload_.end(), input.begin(), input.begin() + static_cast<std::ptrdiff_t>(count));
  input = input.subspan(count);
  if (payload_.size() < header_->length) return std::nullopt;
  largest_ = std::max(largest_, payload_.size());
  Frame frame{*header_, std::exchange(payload_, Bytes())};
  header_.reset();
  header_filled_ = 0;
  return std::optional<Frame>(std::move(frame));
}

bool FrameParser::at_boundary() const { return !header_ && header_filled_ == 0; }

}  // namespace ndisk::protocol
