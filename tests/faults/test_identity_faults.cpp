// The server's own key on a disk that fails.
#include <cerrno>

#include "server/identity_files.hpp"
#include "storage/posix_file_layer.hpp"
#include "tests/catch.hpp"
#include "tests/faults/sweep.hpp"
#include "tests/temporary_folder.hpp"

namespace ndisk::faults {
namespace {

// The first start makes the key, the second reads it. Returns how many calls could have failed.
int try_identity(const Way& way, int nth) {
  const TemporaryFolder folder;
  storage::PosixFileLayer files;
  arm({way.error, nth, way.times});
  const auto made = server::load_or_make_identity(files, folder.path());
  const auto read = server::load_or_make_identity(files, folder.path());
  const int calls = calls_that_could_fail();
  INFO(way.name << ", call " << nth << " (" << failed_call() << ")");
  if (nth > 0) CHECK_FALSE(failed_call().empty());
  heal();
  for (const auto* each : {&made, &read}) {
    UNSCOPED_INFO((*each ? "done" : each->error().message));
    if (way.hidden) CHECK(*each);
  }
  const auto after = server::load_or_make_identity(files, folder.path());
  REQUIRE(after);
  CHECK(after->key_pem.ends_with("-----END PRIVATE KEY-----\n"));
  for (const auto* each : {&made, &read}) {
    if (*each) CHECK((*each)->key_pem == after->key_pem);
  }
  return calls;
}

}  // namespace

TEST_CASE("faults: the server's key is made whole or made anew, whichever call fails") {
  for (const auto& way : all_ways()) {
    const int calls = try_identity(way, 0);
    INFO(way.name);
    CHECK((calls > 0) == (way.error != ENOLCK));  // it takes no lock
    for (int nth = 1; nth <= calls; ++nth) try_identity(way, nth);
  }
}

}  // namespace ndisk::faults
