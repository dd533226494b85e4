#include <cerrno>

#include "tests/faults/failing_allocations.hpp"
#include "tests/storage/tree_check.hpp"

namespace ndisk::storage {

using faults::NoLargeAllocations;

TEST_CASE("memory: an object that has to be read, and can't for want of memory, is not condemned") {
  DriveFixture fixture;
  REQUIRE(fixture.put("a", "precious"));
  REQUIRE(fixture.drive->flush_tree());
  std::filesystem::last_write_time(fixture.object_files().at(0), std::filesystem::file_time_type::clock::now());
  const int before = NoLargeAllocations::refused();
  {
    const NoLargeAllocations scarce;
    CHECK_FALSE(fixture.drive->open_file(fixture.actor, {at("a"), {}}));
    CHECK_FALSE(fixture.put("b", "precious"));
  }
  CHECK(NoLargeAllocations::refused() == before + 2);
  CHECK(fixture.content("a") == "precious");
}

TEST_CASE("memory: a tree that has to be copied waits for memory") {
  DriveFixture fixture;
  fixture.files.fail_call(Call::kLink, EXDEV, 1, 1'000'000);
  const int before = NoLargeAllocations::refused();
  {
    const NoLargeAllocations scarce;
    REQUIRE(fixture.put("a", "content"));
    CHECK_FALSE(fixture.drive->flush_tree());
  }
  CHECK(NoLargeAllocations::refused() > before);
  fixture.files.heal();
  fixture.reopen();
  check_tree(fixture);
}

}  // namespace ndisk::storage
