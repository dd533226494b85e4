// The content of an upload, from where the server has it to its end: as Data, and as CopyRange what an older version
// has.
//
// The I/O thread only; reading and digests run on the pool. Each block is read and digested while the one before it is
// encrypted and sent: the connection's queue holds two.
#pragma once

#include <optional>

#include "client/transfer/source_file.hpp"
#include "client/transfer/transfer.hpp"
#include "common/chunks/copy_plan.hpp"

namespace ndisk::client {

// What an older version has of the content.
struct Delta {
  std::uint64_t version = 0;
  chunks::CopyPlan plan;
};

// How far an upload has come, over all its tries.
struct UploadMarks {
  std::uint64_t counted = 0;   // bytes of this file in the progress
  std::uint64_t furthest = 0;  // the highest offset that the server was known to keep
  bool refused = false;        // in this try, by the server, after it was told to copy
};

// `digest` is that of what the server has. The digest of everything up to the size that was offered; nothing if the
// file ended before. kCancelled if the user interrupts it.
net::Task<Result<std::optional<Sha256>>> send_content(Transfer& transfer, Link::Stream& stream,
                                                      const SourceFile& source, const Delta& delta, Sha256 digest,
                                                      UploadMarks& marks);

// Adds what the file has up to the offset `end`; false if it is shorter by now. kCancelled as above.
net::Task<Result<bool>> digest_up_to(Transfer& transfer, const SourceFile& source, Sha256& digest, std::uint64_t end);

}  // namespace ndisk::client
