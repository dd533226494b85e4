#include "client/proof/source_digest.hpp"

#include <algorithm>

#include "client/transfer/source_file.hpp"

namespace ndisk::client {
namespace {

constexpr std::uint64_t kBlock = 256 * 1024;

// Nothing if it may have been written meanwhile.
Result<std::optional<Digest>> read_once(const Link& link, const SourceItem& item) {
  const auto file = SourceFile::open(item.local, item.followed);
  if (!file) return std::unexpected(file.error());
  Sha256 digest;
  Bytes block(static_cast<std::size_t>(std::min(kBlock, file->stamp().size)));
  while (digest.size() < file->stamp().size) {
    if (link.stopping()) return fail(ErrorCode::kCancelled, "interrupted");
    const auto wanted = std::min<std::uint64_t>(block.size(), file->stamp().size - digest.size());
    const auto read = file->read(digest.size(), std::span(block).first(static_cast<std::size_t>(wanted)));
    if (!read) return std::unexpected(read.error());
    if (*read < wanted) return std::unexpected(kept_changing(item.local));
    digest.add(std::span(block).first(*read));
  }
  const auto since = file->since_opened();
  if (!since) return std::unexpected(since.error());
  if (*since == SinceOpened::kChanged) return std::unexpected(kept_changing(item.local));
  return *since == SinceOpened::kSame ? std::optional(digest.digest()) : std::nullopt;
}

}  // namespace

Result<Digest> digest_of_source(const Link& link, const SourceItem& item) {
  if (item.kind == SourceItem::Kind::kLink) {
    const auto content = read_link(item.local, item.followed);
    if (!content) return std::unexpected(content.error());
    return (*content)->sha256;
  }
  for (int reading = 0; reading < kMostReadings; ++reading) {
    const auto digest = read_once(link, item);
    if (!digest) return std::unexpected(digest.error());
    if (*digest) return **digest;
  }
  return std::unexpected(kept_changing(item.local));
}

}  // namespace ndisk::client
