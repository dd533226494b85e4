#include "client/request_ids.hpp"

#include <set>

#include "tests/catch.hpp"

namespace ndisk::client {

TEST_CASE("request ids: none is given twice") {
  RequestIds ids;
  std::set<protocol::RequestId> given;
  for (int i = 0; i < 1000; ++i) given.insert(ids.next());
  CHECK(given.size() == 1000);
}

TEST_CASE("request ids: one follows the other, so that they stand side by side in an index") {
  RequestIds ids;
  auto before = ids.next();
  for (int i = 0; i < 1000; ++i) {
    const auto id = ids.next();
    CHECK(before < id);
    CHECK(std::equal(id.begin(), id.begin() + 8, before.begin()));
    before = id;
  }
}

TEST_CASE("request ids: two clients of a device have none in common") {
  RequestIds one, other;
  const auto first = one.next(), second = other.next();
  CHECK_FALSE(std::equal(first.begin(), first.begin() + 8, second.begin()));
}

}  // namespace ndisk::client
