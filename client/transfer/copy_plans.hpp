// What need not travel: a file here and a version in the drive, compared (docs/protocol.md, "Chunks"). First by blocks
// at the places that they have counted from the beginning and from the end, then, of what is left, by chunks.
//
// The I/O thread only. The file is cut on the pool while the server cuts the version. Takes 40 bytes a chunk, of which
// there are about 200,000 at most in content of up to 3 TiB.
#pragma once

#include <algorithm>

#include "client/transfer/remote_chunks.hpp"
#include "client/transfer/source_file.hpp"

namespace ndisk::client {

// Below this size, of either content, a plan costs more than it saves.
inline constexpr std::uint64_t kSmallestPlanned = 1024 * 1024;
// Above this one, whoever says it, a plan takes too much memory.
inline constexpr std::uint64_t kLargestPlanned = std::uint64_t{16} << 40;
// What is so many times larger than the other is not read for what that could save.
inline constexpr std::uint64_t kMostTimesLarger = 64;

// Whether a plan may save more than it costs, which is a reading of both.
[[nodiscard]] inline bool is_worth_a_plan(std::uint64_t one, std::uint64_t other) {
  const auto less = std::min(one, other), more = std::max(one, other);
  return less >= kSmallestPlanned && more <= kLargestPlanned && more / kMostTimesLarger <= less;
}

// For content that is here, and partly in a version there. A file that changes meanwhile makes a plan that is wrong:
// the digest of the whole has to decide. The server's errors for Open, kProtocol, kCancelled, and those of the link.
net::Task<Result<chunks::CopyPlan>> plan_upload(Transfer& transfer, const SourceFile& wanted, RemoteVersion old);
// For the content of a version there, part of which is in a file here.
net::Task<Result<chunks::CopyPlan>> plan_download(Transfer& transfer, const SourceFile& old, RemoteVersion wanted);

}  // namespace ndisk::client
