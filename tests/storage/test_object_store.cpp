// The store of objects alone, under threads that sync the same folder.
#include "storage/object_store.hpp"

#include <cerrno>
#include <chrono>
#include <future>

#include "tests/storage/directory_fixture.hpp"
#include "tests/storage/drive_calls.hpp"

namespace ndisk::storage {
namespace {

struct StoreFixture : DirectoryFixture {
  ObjectStore store{files, directory};
};

}  // namespace

TEST_CASE("object store: a name in a folder whose sync is just failing for another thread is not called durable") {
  StoreFixture fixture;
  const auto content = to_bytes("content");
  const auto digest = sha256(content);
  auto object = fixture.store.write(1, digest, content, 0);
  REQUIRE(object);
  std::promise<void> is_failing;
  std::promise<void> may_return;
  fixture.files.before_call(Call::kSync, 1, [&] {
    is_failing.set_value();
    may_return.get_future().wait();
    fixture.files.fail_call(Call::kSync, EIO);
  });
  auto other = std::async(std::launch::async, [&] { return fixture.store.sync_folder_of(digest); });
  is_failing.get_future().wait();
  // The disk has said by now what it could not write, and says it to nobody else.
  NewObject* const group[] = {&*object};
  auto persisted = std::async(std::launch::async, [&] { return fixture.store.persist(group, false); });
  // With the time to get past it, if there is a way; nothing depends on how long.
  (void)persisted.wait_for(std::chrono::milliseconds(200));
  may_return.set_value();
  CHECK(other.get().error().code == ErrorCode::kIo);
  const auto result = persisted.get();
  REQUIRE_FALSE(result);
  CHECK(result.error().code == ErrorCode::kIo);
  CHECK_FALSE(object->durable);
}

TEST_CASE("object store: a name that was made after the failure of another's sync is called durable") {
  StoreFixture fixture;
  const auto content = to_bytes("content");
  const auto digest = sha256(content);
  fixture.files.fail_call(Call::kSync, EIO);
  CHECK_FALSE(fixture.store.sync_folder_of(digest));
  auto object = fixture.store.write(1, digest, content, 0);
  REQUIRE(object);
  NewObject* const group[] = {&*object};
  CHECK(fixture.store.persist(group, false));
  CHECK(object->durable);
}

}  // namespace ndisk::storage
