// The version that an upload takes parts of its content from (docs/protocol.md, "Chunks"): held open while the upload
// lives. The session's I/O thread; reading and writing run on the pool for uploads.
#pragma once

#include "server/handlers/handlers.hpp"
#include "storage/drive.hpp"

namespace ndisk::server {

class BaseVersion {
 public:
  explicit BaseVersion(Request& request) : request_(request) {}

  // Appends what a CopyRange frame names, some blocks at a time. kNotFound: this user has no such version. kInvalid: it
  // does not have the range, or the range is empty or over kMaxCopyRangeBytes. kIo, also noted in the drive, and
  // kIntegrity if it can't be read. kBusy, retryable: the user has as many files open as it may. kCancelled when the
  // stream is over; else as UploadWriter::append(). What was appended before an error stays.
  net::Task<Result<void>> copy(ByteView payload, storage::UploadWriter& writer);

 private:
  net::Task<Result<void>> open(std::uint64_t version);
  net::Task<Result<void>> copy_turn(std::uint64_t from, std::uint64_t to, std::uint64_t length,
                                    storage::UploadWriter& writer);

  Request& request_;
  OpenFiles::Share share_;
  std::unique_ptr<storage::FileReader> file_;
};

}  // namespace ndisk::server
