// Contents of one size, told apart by three reads.
#include "common/content_sample.hpp"

#include <algorithm>

#include "tests/catch.hpp"

namespace ndisk {
namespace {

constexpr std::size_t kPiece = 16 * 1024;

Bytes numbered(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 31 + i / 251);
  return bytes;
}

Result<Digest> sample(const Bytes& content, std::uint64_t size) {
  const auto read = [&](std::uint64_t offset, std::span<std::uint8_t> out) -> Result<std::size_t> {
    const auto rest = ByteView(content).subspan(std::min<std::size_t>(offset, content.size()));
    const auto count = std::min(rest.size(), out.size());
    std::ranges::copy(rest.first(count), out.begin());
    return count;
  };
  return content_sample(size, read);
}

Digest sample(const Bytes& content) { return sample(content, content.size()).value(); }

}  // namespace

TEST_CASE("content sample: is the digest of the first, the middle and the last 16 KiB") {
  const auto content = numbered(100'000);
  Sha256 expected;
  for (const std::size_t offset : {std::size_t{0}, (content.size() - kPiece) / 2, content.size() - kPiece}) {
    expected.add(ByteView(content).subspan(offset, kPiece));
  }
  CHECK(sample(content) == expected.digest());
}

TEST_CASE("content sample: another beginning, middle or end is another sample, another byte in between is not") {
  const auto content = numbered(1'000'000);
  const auto with_other_byte = [&](std::size_t at) {
    auto other = content;
    other[at] ^= 1;
    return sample(other);
  };
  CHECK(with_other_byte(0) != sample(content));
  CHECK(with_other_byte(content.size() / 2) != sample(content));
  CHECK(with_other_byte(content.size() - 1) != sample(content));
  CHECK(with_other_byte(100'000) == sample(content));
}

TEST_CASE("content sample: content of any size has one, also none at all") {
  CHECK(sample(Bytes()) == sha256(Bytes()));
  for (const std::size_t size : {std::size_t{1}, kPiece - 1, kPiece, kPiece + 1, 3 * kPiece}) {
    auto other = numbered(size);
    other.back() ^= 1;
    CHECK(sample(other) != sample(numbered(size)));
  }
}

TEST_CASE("content sample: content that is shorter than it should be has none") {
  const auto missing = sample(numbered(50'000), 50'001);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == ErrorCode::kIntegrity);
}

}  // namespace ndisk
