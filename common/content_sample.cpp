#include "common/content_sample.hpp"

#include <algorithm>

namespace ndisk {
namespace {

constexpr std::uint64_t kPieceBytes = 16 * 1024;

}  // namespace

Result<Digest> content_sample(std::uint64_t size, const ReadAt& read) {
  Bytes piece(static_cast<std::size_t>(std::min(size, kPieceBytes)));
  const auto last = size - piece.size();
  Sha256 digest;
  for (const auto offset : {std::uint64_t{0}, last / 2, last}) {
    const auto count = read(offset, piece);
    if (!count) return std::unexpected(count.error());
    if (*count < piece.size()) return fail(ErrorCode::kIntegrity, "content is shorter than it was");
    digest.add(piece);
  }
  return digest.digest();
}

}  // namespace ndisk
