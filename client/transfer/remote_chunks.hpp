// The chunks of a version in the drive, or of parts of it, as the server cuts them (docs/protocol.md, "Chunks").
//
// The I/O thread only.
#pragma once

#include <vector>

#include "client/transfer/transfer.hpp"
#include "common/chunks/copy_plan.hpp"

namespace ndisk::client {

struct RemoteVersion {
  std::uint64_t version = 0;
  std::uint64_t size = 0;
};

class RemoteChunks {
 public:
  // Of the parts, in order, each of which is cut by itself; without any, of all of it.
  RemoteChunks(Transfer& transfer, RemoteVersion of, chunks::Cut cut, std::vector<chunks::Range> parts = {});

  // The server's errors for Open, kProtocol, kCancelled, and those of the link. Each try begins anew, so that on a line
  // that is lost again and again it gives up.
  net::Task<Result<void>> fetch();
  // What comes is not needed any more: fetch() ends, and may be short.
  void stop() { stopped_ = true; }

  [[nodiscard]] const std::vector<chunks::Chunk>& chunks() const { return chunks_; }

 private:
  net::Task<Result<void>> fetch_once();
  net::Task<Result<void>> take_pages(Link::Stream& stream);
  Result<void> take_page(ByteView payload);
  // Whether a chunk of such a length can come next.
  bool fits(std::uint64_t length);
  [[nodiscard]] bool is_complete() const { return part_ == parts_.size(); }
  void take_chunk(const chunks::Chunk& chunk);
  void begin();

  Transfer& transfer_;
  const RemoteVersion of_;
  const chunks::Cut cut_;
  const bool is_whole_;
  const std::vector<chunks::Range> parts_;  // none is empty
  std::vector<chunks::Chunk> chunks_;
  std::size_t part_ = 0;        // that the next chunk belongs to
  std::uint64_t passed_ = 0;    // of that part
  std::uint64_t taken_ = 0;     // of all
  std::uint64_t furthest_ = 0;  // taken_, of all tries
  bool stopped_ = false;
};

}  // namespace ndisk::client
