// The folder for what can't be proved, in a process that has no descriptor left: what can't be looked at is not gone.
#include "storage/quarantine_folder.hpp"

#include <filesystem>
#include <fstream>

#include "tests/storage/directory_fixture.hpp"
#include "tests/storage/no_descriptors.hpp"

namespace ndisk::storage {
namespace {

namespace fs = std::filesystem;

// objects/ab/damaged, which is to go.
struct QuarantineFixture : DirectoryFixture {
  QuarantineFixture() {
    std::ofstream(data("objects/ab/damaged")) << "x";
    ab = files.open(directory.objects.get(), "ab", O_RDONLY | O_DIRECTORY, 0).value();
  }
  Result<std::string> move() { return quarantine.move(directory.objects.get(), "ab/damaged"); }
  Result<std::string> move_durably() { return quarantine.move_durably(ab.get(), "damaged"); }
  [[nodiscard]] bool is_moved() const {
    return fs::exists(data("quarantine/damaged")) && !fs::exists(data("objects/ab/damaged"));
  }

  QuarantineFolder quarantine{files, directory};
  Fd ab;
};

void check_may_be_asked_again(QuarantineFixture& fixture, const Result<std::string>& refused) {
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kBusy);
  CHECK(refused.error().retryable);
  CHECK(fs::exists(fixture.data("objects/ab/damaged")));
  CHECK(fixture.move().value_or("") == "quarantine/damaged");
  CHECK(fixture.is_moved());
}

Result<std::string> move_without_descriptors(QuarantineFixture& fixture) {
  const NoDescriptors none;
  return fixture.move();
}

}  // namespace

TEST_CASE("quarantine folder: where it can't be opened for want of descriptors, nothing moves") {
  QuarantineFixture fixture;
  check_may_be_asked_again(fixture, move_without_descriptors(fixture));
}

TEST_CASE("quarantine folder: what can't be reached for want of descriptors stays, and is not taken for gone") {
  QuarantineFixture fixture;
  REQUIRE(fixture.quarantine.open());
  check_may_be_asked_again(fixture, move_without_descriptors(fixture));
}

TEST_CASE("quarantine folder: whether a thing is gone is not known where it can't be looked at") {
  QuarantineFixture fixture;
  REQUIRE(fixture.quarantine.open());
  fixture.files.fail_call(Call::kRename, ENOENT);
  check_may_be_asked_again(fixture, move_without_descriptors(fixture));
}

TEST_CASE("quarantine folder: what can't be opened once it moved is made durable with everything else") {
  QuarantineFixture fixture;
  REQUIRE(fixture.quarantine.open());
  const bool fails = GENERATE(false, true);
  if (fails) fixture.files.fail_call(Call::kSyncFileSystem, EIO);
  const auto before = fixture.files.calls(Call::kSyncFileSystem);
  const auto moved = [&] {
    const NoDescriptors none;
    return fixture.move_durably();
  }();
  CHECK(fixture.files.calls(Call::kSyncFileSystem) == before + 1);
  CHECK(fixture.is_moved());
  CHECK(moved.has_value() != fails);
}

}  // namespace ndisk::storage
