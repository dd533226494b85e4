#include "common/random.hpp"

#include "tests/catch.hpp"

namespace ndisk {
namespace {

TEST_CASE("random: two draws differ, in both halves") {
  const auto first = random_bytes<32>(), second = random_bytes<32>();
  CHECK_FALSE(std::equal(first.begin(), first.begin() + 16, second.begin()));
  CHECK_FALSE(std::equal(first.begin() + 16, first.end(), second.begin() + 16));
}

TEST_CASE("random: fills nothing beside the bytes that were asked for") {
  Bytes bytes(48, 0);
  fill_random(std::span(bytes).subspan(16, 16));
  CHECK(std::count(bytes.begin(), bytes.begin() + 16, 0) == 16);
  CHECK(std::count(bytes.begin() + 16, bytes.begin() + 32, 0) < 16);
  CHECK(std::count(bytes.begin() + 32, bytes.end(), 0) == 16);
}

}  // namespace
}  // namespace ndisk
