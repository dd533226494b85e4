#include "client/download/content_stream.hpp"
#include "client/download/download.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {

Error damaged(const RemoteFile& file) {
  return {ErrorCode::kIntegrity,
          shown_name(file.path.bytes()) +
              ": the bytes that came do not have their digest; get it again, and have the " +
              "server's disk checked if that does not help",
          false};
}

net::Task<Result<void>> receive_content(Transfer& transfer, const RemoteFile& file, std::uint64_t offset,
                                        Append& append) {
  const ContentRange rest{offset, file.size() - offset};
  auto stream = co_await ContentStream::open(transfer, file, std::span(&rest, 1));
  if (!stream) co_return std::unexpected(stream.error());
  if (stream->is_small()) co_return co_await stream->take_small(append);
  auto taken = co_await stream->take(rest, append);
  if (!taken) co_return taken;
  co_return co_await stream->finish();
}

}  // namespace ndisk::client
