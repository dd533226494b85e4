#include <cerrno>
#include <new>

#include "storage/staged_bytes.hpp"
#include "tests/faults/failing_allocations.hpp"
#include "tests/storage/tree_check.hpp"

namespace ndisk::storage {

using faults::NoLargeAllocations;
using faults::OneFailingAllocation;

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

TEST_CASE(
    "memory: an upload that gets none for what it takes of a quota takes nothing, and its end gives nothing back") {
  for (int after = 0;; ++after) {
    StagedBytes staged;
    staged.set(UploadId{1}, 1, 100);
    bool failed = false;
    {
      const OneFailingAllocation scarce(after);
      try {
        staged.set(UploadId{2}, 2, 1000);
      } catch (const std::bad_alloc&) {
        failed = true;
      }
    }
    CHECK(staged.of(2) == (failed ? 0 : 1000));
    staged.remove(UploadId{2});
    CHECK(staged.of(2) == 0);
    CHECK(staged.of(1) == 100);
    if (!failed) {
      CHECK(after > 1);
      return;
    }
  }
}

}  // namespace ndisk::storage
