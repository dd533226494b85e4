// Every limit of protocol ndisk/1, once. A frame or message that breaks one ends the session with an error that names
// the rule. docs/protocol.md lists them; a test compares the two.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/remote_path.hpp"

namespace ndisk::protocol {

inline constexpr std::uint32_t kVersion = 1;
inline constexpr char kAlpn[] = "ndisk/1";
inline constexpr std::uint16_t kDefaultPort = 7420;

inline constexpr std::size_t kMaxDataBytes = 256 * 1024;             // content in one frame
inline constexpr std::size_t kMaxPayloadBytes = kMaxDataBytes + 64;  // any payload
inline constexpr std::size_t kMaxControlBytes = 64 * 1024;           // a control message
inline constexpr std::size_t kMaxLoginBytes = 4 * 1024;              // any payload to the server before Welcome
inline constexpr std::size_t kMaxBulkHeaderBytes = 8 * 1024;         // the message before the content of a small file
inline constexpr std::size_t kMaxSmallFileBytes = 192 * 1024;        // content that travels in one frame
inline constexpr std::uint32_t kMaxStreams = 1024;                   // open at once on one session
inline constexpr std::size_t kRequestIdBytes = 16;
inline constexpr std::size_t kUploadIdBytes = 16;
inline constexpr std::size_t kDeviceIdBytes = 16;
inline constexpr std::size_t kTokenBytes = 16;
inline constexpr std::size_t kNonceBytes = 32;
inline constexpr std::size_t kPublicKeyBytes = 32;
inline constexpr std::size_t kSignatureBytes = 64;
inline constexpr std::size_t kMaxPingBytes = 64;
inline constexpr std::size_t kMaxDeviceNameBytes = 255;
inline constexpr std::size_t kMaxListPageEntries = 1024;
inline constexpr std::size_t kMaxChunksPageEntries = 4096;
inline constexpr std::uint64_t kMaxCopyRangeBytes = 64 << 20;  // of a version, in one frame
inline constexpr std::size_t kMaxOpenRanges = 2048;
inline constexpr std::size_t kMaxLinkBytes = 4096;  // target of a symbolic link
inline constexpr std::size_t kMaxFilterNames = 64;  // globs in a Filter
inline constexpr std::size_t kMaxGlobBytes = 1024;  // each of them
inline constexpr std::size_t kMaxTrashIds = 1024;   // EmptyTrash.ids
inline constexpr std::size_t kMaxVerifyNonceBytes = 32;
inline constexpr std::size_t kMaxErrorTextBytes = 4 * 1024;  // ErrorMessage.message
inline constexpr std::size_t kMaxInviteAddresses = 16;
// Sizes are kept in signed 64 bits by the catalog.
inline constexpr std::uint64_t kMaxFileBytes = (std::uint64_t{1} << 63) - 1;

}  // namespace ndisk::protocol
