#include "server/user_log.hpp"

#include "common/shown_name.hpp"
#include "tests/catch.hpp"
#include "tests/server/captured_log.hpp"

namespace ndisk::server {

TEST_CASE("user log: one user's lines are bounded, and take none of another's") {
  const CapturedLog logged;
  UserLog log;
  for (int i = 0; i < 5000; ++i) log.write("anna", "of anna");
  log.write("ben", "of ben");
  CHECK(logged.lines("of anna") >= 1000);
  CHECK(logged.lines("of anna") < 2000);
  CHECK(logged.lines("of ben") == 1);
}

TEST_CASE("user log: of a long name only the beginning is logged, in whole characters") {
  CHECK(log_name("song.mp3") == "song.mp3");
  const auto cut = log_name(std::string(4096, '\x01'));
  CHECK(cut.size() < 310);
  CHECK(cut.ends_with("…"));
  for (std::size_t shift = 0; shift < 3; ++shift) {
    std::string name(shift, 'x');
    for (int i = 0; i < 200; ++i) name += "ä";
    const auto whole = log_name(name);
    CHECK(shown_name(whole) == whole);
  }
}

}  // namespace ndisk::server
