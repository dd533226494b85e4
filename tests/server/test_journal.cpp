#include "server/journal.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <string>

#include "tests/catch.hpp"

namespace ndisk::server {
namespace {

struct Pipe {
  std::array<int, 2> ends{};
  Pipe() { REQUIRE(::pipe(ends.data()) == 0); }
  ~Pipe() {
    for (const int end : ends) ::close(end);
  }
  [[nodiscard]] std::string name() const {
    struct stat info {};
    REQUIRE(::fstat(ends[1], &info) == 0);
    return std::to_string(info.st_dev) + ":" + std::to_string(info.st_ino);
  }
};

}  // namespace

TEST_CASE("journal: the file that systemd names is the journal, and no other is") {
  const Pipe journal, other;
  CHECK(is_journal(journal.name(), journal.ends[1]));
  CHECK_FALSE(is_journal(journal.name(), other.ends[1]));
}

TEST_CASE("journal: without systemd's word nothing is the journal") {
  const Pipe pipe;
  CHECK_FALSE(is_journal("", pipe.ends[1]));
  CHECK_FALSE(is_journal("not a name", pipe.ends[1]));
  CHECK_FALSE(is_journal(pipe.name(), -1));
}

}  // namespace ndisk::server
