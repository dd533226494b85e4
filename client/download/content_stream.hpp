// The answer to one Open: parts of one version's content, in order.
//
// The I/O thread only; what is done with the content runs on the pool, while the next is coming in.
#pragma once

#include <functional>

#include "client/download/download.hpp"

namespace ndisk::client {

struct ContentRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

class OrderedAppends;

class ContentStream {
 public:
  // Asks for the parts: one that may be empty, or 1 to kMaxOpenRanges that are in order and not empty. kProtocol if the
  // server has another content.
  static net::Task<Result<ContentStream>> open(Transfer& transfer, const RemoteFile& file,
                                               std::span<const ContentRange> parts);

  // All of it has come with the answer to Open, which was for all.
  [[nodiscard]] bool is_small() const { return small_.has_value(); }
  net::Task<Result<void>> take_small(Append& append);

  // The next part. What came before an error was appended.
  net::Task<Result<void>> take(ContentRange part, Append& append);
  // After the last part.
  net::Task<Result<void>> finish();

 private:
  ContentStream(Transfer& transfer, const RemoteFile& file, Link::Stream stream)
      : transfer_(transfer), file_(file), stream_(std::move(stream)) {}

  net::Task<Result<void>> read_info(std::uint64_t offset);
  net::Task<Result<std::vector<protocol::Frame>>> gather(std::uint64_t& left, const OrderedAppends& appends);
  net::Task<Result<void>> receive(std::uint64_t left, OrderedAppends& appends);

  Transfer& transfer_;
  const RemoteFile& file_;
  Link::Stream stream_;
  std::optional<protocol::Frame> small_;
  std::optional<Error> failure_;  // of the stream
};

}  // namespace ndisk::client
