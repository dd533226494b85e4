// One file or link to the server: in one frame if it is small, else offered, resumed, sent and committed.
//
// The I/O thread only; reading and digests run on the pool. Errors that another try may mend are retried over the
// link, with the same request id, so that a lost answer is given again and not made again.
#pragma once

#include <optional>
#include <string>

#include "client/transfer/copy_plans.hpp"
#include "client/transfer/source_file.hpp"
#include "client/transfer/transfer.hpp"
#include "common/remote_path.hpp"

namespace ndisk::client {

// What the server is asked for beside keeping the content.
struct UploadTerms {
  bool must_not_exist = false;
  std::optional<std::uint64_t> if_version;
  bool receipt = false;
};

struct UploadOrder {
  std::string local;
  std::size_t followed = kFollowAll;  // of `local`, as SourceFile opens it
  RemotePath remote;
  Stamp stamp;           // when it was found; whatever its size is by then, it is sent
  bool is_link = false;  // its target is the content
  // The digest of the content that the drive holds there, if that is believed to be this file's.
  std::optional<Digest> held;
  // What stands there, if this is to replace it: parts of it may be taken over.
  std::optional<RemoteVersion> replaces;
  // No digest is believed that is remembered of this file: the bytes that are there decide.
  bool read_anew = false;
  UploadTerms terms;
};

struct Uploaded {
  std::uint64_t version = 0;
  std::uint64_t size = 0;
  Digest sha256{};
  std::uint64_t change = 0;
  bool unchanged = false;
  bool instant = false;
  bool healed = false;  // content that was damaged on the server's disk was stored anew
  Stamp stamp;          // what was sent with it
  std::optional<wire::Receipt> receipt;
};

// kConflict if the file kept changing or the terms do not hold, kIntegrity if the server committed other bytes than
// were sent.
net::Task<Result<Uploaded>> upload_file(Transfer& transfer, const UploadOrder& order);

// Content that is in memory already, at most kMaxSmallFileBytes, in one frame. `id` stays the same while it is retried.
net::Task<Result<Uploaded>> send_small(Link& link, const UploadOrder& order, SmallContent content,
                                       const protocol::RequestId& id);

[[nodiscard]] wire::Attributes attributes_of(const Stamp& stamp);
// Terms that ask for nothing leave the message without a precondition.
[[nodiscard]] std::optional<wire::Precondition> precondition_of(const UploadTerms& terms);
// kIntegrity, naming the path, unless the server committed exactly these bytes.
[[nodiscard]] Result<Uploaded> check_committed(const wire::Committed& committed, const Digest& sha256,
                                               const Stamp& stamp, const RemotePath& remote);

}  // namespace ndisk::client
