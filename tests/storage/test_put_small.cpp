#include <thread>

#include "tests/storage/drive_fixture.hpp"

namespace ndisk::storage {
namespace {

// Of this process; folders are none.
std::size_t open_files_below(const std::string& folder) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code closed;
    const bool is_below = std::filesystem::read_symlink(entry, closed).string().starts_with(folder);
    count += is_below && std::filesystem::is_regular_file(entry, closed) ? 1 : 0;
  }
  return count;
}

}  // namespace

TEST_CASE("small file: what was put is read back with its attributes") {
  DriveFixture fixture;
  const auto committed = fixture.put("photos/2024/a.jpg", "content");
  REQUIRE(committed);
  CHECK(committed->size == 7);
  CHECK_FALSE(committed->unchanged);
  const auto reader = fixture.drive->open_file(fixture.actor, {at("photos/2024/a.jpg"), {}});
  REQUIRE(reader);
  CHECK((*reader)->version() == committed->version);
  CHECK((*reader)->attributes() == Attributes{1'600'000'000'123'456'789, 0640});
  CHECK(fixture.content("photos/2024/a.jpg") == "content");
}

TEST_CASE("small file: it is still there after the drive was opened again") {
  DriveFixture fixture;
  REQUIRE(fixture.put("a", "one"));
  REQUIRE(fixture.put("empty", ""));
  fixture.reopen();
  CHECK(fixture.content("a") == "one");
  CHECK(fixture.content("empty").empty());
}

TEST_CASE("small file: content that does not match its digest is refused and leaves nothing") {
  DriveFixture fixture;
  auto file = fixture.small("a", to_bytes("content"));
  file.content[0] ^= 1;
  const auto committed = fixture.put(std::move(file));
  REQUIRE_FALSE(committed);
  CHECK(committed.error().code == ErrorCode::kIntegrity);
  CHECK(fixture.names().empty());
  CHECK(fixture.object_files().empty());
}

TEST_CASE("small file: a repeated request id gets the same answer and makes no version") {
  DriveFixture fixture;
  const auto file = fixture.small("a", to_bytes("one"));
  const auto first = fixture.put(file);
  REQUIRE(first);
  REQUIRE(fixture.put("a", "two"));
  fixture.reopen();
  const auto again = fixture.put(file);
  REQUIRE(again);
  CHECK(again->version == first->version);
  CHECK(again->change == first->change);
  CHECK(fixture.content("a") == "two");
}

TEST_CASE("small file: of a burst no more are open at once than may be, and all are stored") {
  constexpr std::size_t kAtOnce = 3;
  constexpr int kThreads = 4;
  constexpr int kFiles = 50;  // of a thread
  DriveFixture fixture;
  fixture.options.small_files_at_once = kAtOnce;
  fixture.options.tree = false;
  fixture.files.pretend_reliable_syncfs(false);
  fixture.reopen();
  std::mutex mutex;
  std::size_t most = 0;
  // By the thread that closes them: while it counts, none is closed, whose successor would be counted, too.
  const std::function<void()> count_open = [&] {
    most = std::max(most, open_files_below(fixture.data("objects/")));
    fixture.files.before_call(Call::kSync, 1, count_open);
  };
  fixture.files.before_call(Call::kSync, 1, count_open);
  std::vector<std::future<Result<Committed>>> ends;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kFiles; ++i) {
        const auto name = std::to_string(thread) + "-" + std::to_string(i);
        std::promise<Result<Committed>> end;
        {
          const std::scoped_lock lock(mutex);
          ends.push_back(end.get_future());
        }
        fixture.drive->put_small(fixture.actor, fixture.small(name, to_bytes(name)),
                                 [end = std::move(end)](auto result) mutable { end.set_value(std::move(result)); });
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (auto& end : ends) CHECK(end.get());
  fixture.drive.reset();  // it syncs at its end, too
  CHECK(most > 0);
  CHECK(most <= kAtOnce);
}

TEST_CASE("small file: the same content, mtime and mode make no new version") {
  DriveFixture fixture;
  const auto first = fixture.put("a", "one");
  const auto second = fixture.put("a", "one");
  REQUIRE(second);
  CHECK(second->unchanged);
  CHECK(second->version == first->version);
  CHECK(second->change == first->change);
  auto touched = fixture.small("a", to_bytes("one"), 5);
  const auto third = fixture.put(std::move(touched));
  REQUIRE(third);
  CHECK_FALSE(third->unchanged);
  CHECK(third->version > first->version);
}

TEST_CASE("small file: equal content is stored once") {
  DriveFixture fixture;
  REQUIRE(fixture.put("a", "same"));
  REQUIRE(fixture.put("b/c", "same"));
  CHECK(fixture.object_files().size() == 1);
  CHECK(fixture.content("b/c") == "same");
  CHECK(fixture.drive->status()->stored_bytes == 4);
  CHECK(fixture.drive->status()->bytes == 8);
}

TEST_CASE("small file: replacing one keeps the version that was there") {
  DriveFixture fixture;
  const auto first = fixture.put("a", "one");
  const auto second = fixture.put("a", "two");
  REQUIRE(second);
  CHECK(second->version > first->version);
  CHECK(second->change == first->change + 1);
  CHECK(fixture.content("a") == "two");
  CHECK(fixture.content(OpenTarget{{}, first->version}) == "one");
  CHECK(fixture.drive->status()->files == 1);
}

TEST_CASE("small file: a folder's place can't be taken by a file, nor a file be a folder") {
  DriveFixture fixture;
  REQUIRE(fixture.put("folder/file", "x"));
  CHECK(fixture.put("folder", "y").error().code == ErrorCode::kIsFolder);
  CHECK(fixture.put("folder/file/below", "y").error().code == ErrorCode::kNotFolder);
  CHECK(fixture.put("folder/file/far/below", "y").error().code == ErrorCode::kNotFolder);
  CHECK(fixture.put(fixture.small("", to_bytes("y"))).error().code == ErrorCode::kIsFolder);
  CHECK(fixture.object_files().size() == 1);
}

TEST_CASE("precondition: must_not_exist refuses what exists and names its version") {
  DriveFixture fixture;
  auto file = fixture.small("a", to_bytes("one"));
  file.precondition.must_not_exist = true;
  const auto first = fixture.put(file);
  REQUIRE(first);
  file.request_id = random_bytes<16>();
  const auto second = fixture.put(file);
  REQUIRE_FALSE(second);
  CHECK(second.error().code == ErrorCode::kConflict);
  CHECK(second.error().message.find("version " + std::to_string(first->version)) != std::string::npos);
}

TEST_CASE("precondition: if_version holds for exactly that version") {
  DriveFixture fixture;
  const auto first = fixture.put("a", "one");
  auto file = fixture.small("a", to_bytes("two"));
  file.precondition.if_version = first->version;
  REQUIRE(fixture.put(file));
  file.request_id = random_bytes<16>();
  file.content = to_bytes("three");
  file.sha256 = sha256(file.content);
  CHECK(fixture.put(file).error().code == ErrorCode::kConflict);
  auto absent = fixture.small("b", to_bytes("x"));
  absent.precondition.if_version = 1;
  CHECK(fixture.put(absent).error().code == ErrorCode::kConflict);
  CHECK(fixture.content("a") == "two");
}

TEST_CASE("small file: many at once from several threads are all committed") {
  DriveFixture fixture;
  constexpr int kThreads = 4;
  constexpr int kFiles = 100;
  std::atomic<int> failures = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < kFiles; ++i) {
          const auto name = std::to_string(t) + "/" + std::to_string(i);
          if (!fixture.put(name, name)) ++failures;
        }
      });
    }
  }
  CHECK(failures == 0);
  CHECK(fixture.drive->status()->files == kThreads * kFiles);
  CHECK(fixture.names("", true).size() == kThreads * (kFiles + 1));
}

}  // namespace ndisk::storage
