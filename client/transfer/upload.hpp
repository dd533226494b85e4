// One file to the server: in one frame if it is small, else offered, resumed, sent and committed.
//
// The I/O thread only; reading and digests run on the pool. Errors that another try may mend are retried over the
// link, with the same request id, so that a lost answer is given again and not made again.
#pragma once

#include <string>

#include "client/transfer/source_file.hpp"
#include "client/transfer/transfer.hpp"
#include "common/remote_path.hpp"

namespace ndisk::client {

struct Uploaded {
  std::uint64_t version = 0;
  std::uint64_t size = 0;
  Digest sha256{};
  bool unchanged = false;
  bool instant = false;
  Stamp stamp;  // what was sent with it
};

// `size` is what the file had when it was found; either way works for any size. kConflict if the file kept changing,
// kIntegrity if the server committed other bytes than were sent.
net::Task<Result<Uploaded>> upload_file(Transfer& transfer, const std::string& local, const RemotePath& remote,
                                        std::uint64_t size);

// Content that is in memory already, at most kMaxSmallFileBytes, in one frame. `id` stays the same while it is retried.
net::Task<Result<Uploaded>> send_small(Link& link, const RemotePath& remote, const SmallContent& content,
                                       const protocol::RequestId& id);

[[nodiscard]] wire::Attributes attributes_of(const Stamp& stamp);
// kIntegrity, naming the path, unless the server committed exactly these bytes.
[[nodiscard]] Result<Uploaded> check_committed(const wire::Committed& committed, const Digest& sha256,
                                               const Stamp& stamp, const RemotePath& remote);

}  // namespace ndisk::client
