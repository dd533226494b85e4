#include "client/link.hpp"

#include "tests/catch.hpp"

namespace ndisk::client {
namespace {

TEST_CASE("tries: they count on while nothing more is done") {
  Link::Tries tries;
  tries.note_done(5);
  CHECK(tries.count_one() == 0);
  tries.note_done(5);
  CHECK(tries.count_one() == 1);
}

TEST_CASE("tries: they count anew once more is done than ever") {
  Link::Tries tries;
  tries.note_done(5);
  tries.count_one();
  tries.note_done(6);
  CHECK(tries.count_one() == 0);
}

TEST_CASE("tries: they count on while what was done before is done once more") {
  Link::Tries tries;
  tries.note_done(5);
  tries.count_one();
  tries.note_done(0);
  tries.note_done(5);
  CHECK(tries.count_one() == 1);
}

}  // namespace
}  // namespace ndisk::client
