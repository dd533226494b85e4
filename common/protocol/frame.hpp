// Frames: the unit of the wire (docs/protocol.md, "Frames").
//
//   length u32 | type u8 | flags u8 | reserved u16 | stream u32 | payload (length bytes)      all big-endian
//
// Pure: bytes in, values out; no I/O. FrameParser is one connection's, one thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/bytes.hpp"
#include "common/protocol/limits.hpp"

namespace ndisk::protocol {

inline constexpr std::size_t kFrameHeaderBytes = 12;

using StreamId = std::uint32_t;
// Frames about the session itself. Streams of the client count up from 1.
inline constexpr StreamId kSessionStream = 0;

enum class FrameType : std::uint8_t {
  kHello = 0x01,
  kServerHello = 0x02,
  kLogin = 0x03,
  kLocalLogin = 0x04,
  kEnrol = 0x05,
  kWelcome = 0x06,

  kError = 0x10,
  kCancel = 0x11,
  kPing = 0x12,
  kPong = 0x13,
  kProgress = 0x14,
  kGoAway = 0x15,
  kEnd = 0x16,

  kPutSmall = 0x20,  // bulk: header length u32, PutSmall message, content
  kOffer = 0x21,
  kResume = 0x22,
  kSend = 0x23,
  kData = 0x24,  // bulk: offset u64, content
  kCommit = 0x25,
  kCommitted = 0x26,
  kCopyRange = 0x27,
  kGetChunks = 0x28,
  kChunksPage = 0x29,
  // 0x2A to 0x2F: reserved for several connections to one upload

  kOpen = 0x30,
  kFileInfo = 0x31,
  kSmallFile = 0x32,  // bulk: header length u32, FileInfo message, content
  kVerify = 0x33,
  kVerified = 0x34,
  kCheckReceipt = 0x35,
  kReceiptState = 0x36,

  kList = 0x40,
  kListPage = 0x41,
  kStat = 0x42,
  kStatInfo = 0x43,
  kListVersions = 0x44,
  kVersionsPage = 0x45,
  kListTrash = 0x46,
  kTrashPage = 0x47,

  kRemove = 0x50,
  kMakeFolder = 0x51,
  kDone = 0x52,
  kListUploads = 0x53,
  kUploadsPage = 0x54,
  kCancelUpload = 0x55,
  kMove = 0x56,
  kCopy = 0x57,
  kRestore = 0x58,
  kRestoreTrash = 0x59,
  kEmptyTrash = 0x5A,

  kCreateInvite = 0x60,
  kInvite = 0x61,
  kGetStatus = 0x62,
  kStatus = 0x63,
  kCreateUser = 0x64,
  kRemoveUser = 0x65,
  kSetQuota = 0x66,
  kListUsers = 0x67,
  kUsersPage = 0x68,
  kListDevices = 0x69,
  kDevicesPage = 0x6A,
  kRevokeDevice = 0x6B,
  kCheck = 0x6C,
  kCollectNow = 0x6D,
  kMaintenance = 0x6F,
  // 0x70 to 0x7F: reserved for the change feed
};

// "PutSmall"; "unknown" for a number that is none of the above.
[[nodiscard]] std::string_view frame_type_name(FrameType type);
[[nodiscard]] bool is_known_frame_type(std::uint8_t number);
// True for the types whose payload holds raw content: PutSmall, Data, SmallFile. The others hold one message each, of
// at most kMaxControlBytes.
[[nodiscard]] bool is_bulk(FrameType type);
// True for the types that are the server's last word on a stream: Error, End, and every answer that is one frame.
[[nodiscard]] bool closes_stream(FrameType type);

struct FrameHeader {
  std::uint32_t length = 0;  // of the payload
  FrameType type = FrameType::kError;
  StreamId stream = kSessionStream;

  friend bool operator==(const FrameHeader&, const FrameHeader&) = default;
};

[[nodiscard]] std::array<std::uint8_t, kFrameHeaderBytes> encode_header(const FrameHeader& header);

// Writes another stream id into a whole encoded frame.
void set_stream(std::span<std::uint8_t> frame, StreamId stream);

// kProtocol, naming the rule, on: an unknown type, a flag or reserved bit set, a length over the type's limit.
[[nodiscard]] Result<FrameHeader> decode_header(std::span<const std::uint8_t, kFrameHeaderBytes> bytes);

struct Frame {
  FrameHeader header;
  Bytes payload;
};

// Turns a stream of bytes, in pieces of any size, into frames.
class FrameParser {
 public:
  // Takes bytes from the front of `input`, which is advanced past them, until a frame is whole or input is empty.
  // Memory grows with the bytes that came, never with what a length field claims: it holds at most 64 KiB more than
  // twice the bytes received, or as much as the largest payload that came whole before, and never more than one
  // payload; kBusy if there is no memory for it. After an error every later call gives the same error.
  [[nodiscard]] Result<std::optional<Frame>> next(ByteView& input);

  // From the next header on, a payload over this many bytes is kProtocol, whatever its type allows.
  void limit_payload(std::size_t bytes) { payload_limit_ = bytes; }

  // True between frames: an end of stream here cuts nothing off.
  [[nodiscard]] bool at_boundary() const;

 private:
  std::array<std::uint8_t, kFrameHeaderBytes> header_bytes_{};
  std::size_t header_filled_ = 0;
  std::optional<FrameHeader> header_;
  Bytes payload_;
  std::size_t largest_ = 0;  // payload that came whole
  std::size_t payload_limit_ = kMaxPayloadBytes;
  std::optional<Error> error_;
};

}  // namespace ndisk::protocol
