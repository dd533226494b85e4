#include "client/transfer/read_parts.hpp"

namespace ndisk::client {
namespace {

constexpr std::size_t kBlock = 256 * 1024;
constexpr std::size_t kSlice = 8 * 1024 * 1024;  // read in one go, before it is looked whether to go on

// Where one is in a part.
struct Reading {
  const SourceFile& file;
  chunks::Range left;
  const TakeBytes& take;

  // False at the end.
  Result<bool> read_slice() {
    Bytes block(static_cast<std::size_t>(std::min<std::uint64_t>(kBlock, left.length)));
    for (std::size_t done = 0; done < kSlice && left.length > 0; done += kBlock) {
      const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(kBlock, left.length));
      const auto count = file.read(left.offset, std::span(block).first(wanted));
      if (!count) return std::unexpected(count.error());
      take(left.offset, ByteView(block).first(*count));
      left.offset += *count;
      left.length = *count < wanted ? 0 : left.length - *count;
    }
    if (left.length == 0) take(left.offset, {});
    return left.length > 0;
  }
};

}  // namespace

net::Task<Result<void>> read_parts(Transfer& transfer, const SourceFile& file, std::vector<chunks::Range> parts,
                                   TakeBytes take) {
  for (const auto& part : parts) {
    Reading reading{file, part, take};
    auto read_slice = [&reading] { return reading.read_slice(); };
    for (bool more = true; more;) {
      if (transfer.link.stopping()) co_return fail(ErrorCode::kCancelled, "interrupted");
      const auto read = co_await net::run_blocking(transfer.pool, read_slice);
      if (!read) co_return std::unexpected(read.error());
      more = *read;
    }
  }
  co_return Result<void>();
}

}  // namespace ndisk::client
