#include "client/proof/source_digest.hpp"

#include <algorithm>

namespace ndisk::client {
namespace {

constexpr std::uint64_t kBlock = 256 * 1024;

// False if the file is shorter by now.
Result<bool> add_all(const Link& link, const SourceFile& file, Sha256& digest) {
  const auto size = file.stamp().size;
  Bytes block(static_cast<std::size_t>(std::min(kBlock, size)));
  for (std::uint64_t offset = 0; offset < size;) {
    if (link.stopping()) return fail(ErrorCode::kCancelled, "interrupted");
    const auto wanted = std::min<std::uint64_t>(block.size(), size - offset);
    const auto read = file.read(offset, std::span(block).first(static_cast<std::size_t>(wanted)));
    if (!read) return std::unexpected(read.error());
    if (*read < wanted) return false;
    digest.add(std::span(block).first(*read));
    offset += *read;
  }
  return true;
}

}  // namespace

Result<std::optional<SourceDigest>> digest_at_rest(const Link& link, const std::string& path, std::size_t followed,
                                                   const Sha256& first) {
  for (int reading = 0; reading < kMostReadings; ++reading) {
    auto file = SourceFile::open(path, followed);
    if (!file) return std::unexpected(file.error());
    auto digest = first;
    const auto whole = add_all(link, *file, digest);
    if (!whole) return std::unexpected(whole.error());
    const auto since = file->since_opened();
    if (!since) return std::unexpected(since.error());
    if (!*whole || *since == SinceOpened::kChanged) return std::nullopt;
    if (*since == SinceOpened::kSame) return SourceDigest{std::move(*file), digest.digest()};
  }
  return std::nullopt;
}

Result<Digest> digest_of_source(const Link& link, const SourceItem& item) {
  if (item.kind == SourceItem::Kind::kLink) {
    const auto content = read_link(item.local, item.followed);
    if (!content) return std::unexpected(content.error());
    return (*content)->sha256;
  }
  const auto read = digest_at_rest(link, item.local, item.followed, Sha256());
  if (!read) return std::unexpected(read.error());
  if (!*read) return std::unexpected(kept_changing(item.local));
  return (*read)->sha256;
}

}  // namespace ndisk::client
