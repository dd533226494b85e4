#include <algorithm>
#include <array>
#include <filesystem>
#include <future>
#include <thread>

#include "common/content_sample.hpp"
#include "tests/storage/drive_fixture.hpp"

namespace ndisk::storage {
namespace {

Digest sample_of(const Bytes& content) {
  const auto read = [&content](std::uint64_t offset, std::span<std::uint8_t> out) -> Result<std::size_t> {
    std::ranges::copy(ByteView(content).subspan(offset, out.size()), out.begin());
    return out.size();
  };
  return content_sample(content.size(), read).value();
}

}  // namespace

TEST_CASE("upload: data in pieces becomes a file") {
  DriveFixture fixture;
  const auto content = pattern(300'000);
  auto writer = fixture.writer(fixture.large("big.bin", content.size()));
  CHECK(writer->received() == 0);
  REQUIRE(writer->append(0, ByteView(content).first(100'000)));
  REQUIRE(writer->append(100'000, ByteView(content).subspan(100'000)));
  CHECK(writer->sha256_so_far() == sha256(content));
  const auto committed = fixture.commit(std::move(writer), content);
  REQUIRE(committed);
  CHECK(committed->size == content.size());
  CHECK(fixture.content("big.bin") == as_text(content));
  CHECK(fixture.staged_files() == 0);
  CHECK(fixture.drive->uploads(fixture.actor)->empty());
}

TEST_CASE("upload: one of unknown size, and an empty one") {
  DriveFixture fixture;
  const auto content = pattern(100'000);
  auto writer = fixture.writer(fixture.large("pipe", std::nullopt));
  REQUIRE(writer->append(0, content));
  REQUIRE(fixture.commit(std::move(writer), content));
  CHECK(fixture.content("pipe") == as_text(content));
  REQUIRE(fixture.upload("empty", {}));
  CHECK(fixture.content("empty").empty());
}

TEST_CASE("upload: goes on after the session ended, also in another life of the server") {
  DriveFixture fixture;
  const auto content = pattern(500'000);
  const auto offer = fixture.large("big.bin", content.size());
  auto writer = fixture.writer(offer);
  const auto id = writer->id();
  REQUIRE(writer->append(0, ByteView(content).first(123'457)));
  writer.reset();
  fixture.reopen();
  auto next = offer;
  next.request_id = random_bytes<16>();
  writer = fixture.writer(next);
  CHECK(writer->id() == id);
  CHECK(writer->received() == 123'457);
  CHECK(writer->durable() == 123'457);
  CHECK(writer->sha256_so_far() == sha256(ByteView(content).first(123'457)));
  REQUIRE(writer->append(123'457, ByteView(content).subspan(123'457)));
  REQUIRE(fixture.commit(std::move(writer), content));
  CHECK(fixture.content("big.bin") == as_text(content));
}

TEST_CASE("upload: an offset that is not next, and more than was offered, are refused") {
  DriveFixture fixture;
  const auto content = pattern(1000);
  auto writer = fixture.writer(fixture.large("a", 1000));
  CHECK(writer->append(10, content).error().code == ErrorCode::kInvalid);
  REQUIRE(writer->append(0, ByteView(content).first(600)));
  CHECK(writer->append(600, ByteView(content).first(401)).error().code == ErrorCode::kInvalid);
  REQUIRE(writer->append(600, ByteView(content).subspan(600)));
  CHECK(fixture.commit(std::move(writer), content));
}

TEST_CASE("upload: a wrong digest drops it, and nothing becomes visible") {
  DriveFixture fixture;
  const auto content = pattern(1000);
  auto writer = fixture.writer(fixture.large("a", 1000));
  REQUIRE(writer->append(0, content));
  const auto committed = fixture.commit(std::move(writer), pattern(1000, 2));
  REQUIRE_FALSE(committed);
  CHECK(committed.error().code == ErrorCode::kIntegrity);
  CHECK(fixture.names().empty());
  CHECK(fixture.staged_files() == 0);
  CHECK(fixture.writer(fixture.large("a", 1000))->received() == 0);
}

TEST_CASE("upload: starting over drops what was staged") {
  DriveFixture fixture;
  const auto content = pattern(1000);
  auto offer = fixture.large("a", 1000);
  auto writer = fixture.writer(offer);
  REQUIRE(writer->append(0, ByteView(content).first(700)));
  writer.reset();
  offer.start_over = true;
  writer = fixture.writer(offer);
  CHECK(writer->received() == 0);
  CHECK(fixture.staged_files() == 1);
  const auto other = pattern(1000, 9);
  REQUIRE(writer->append(0, other));
  REQUIRE(fixture.commit(std::move(writer), other));
  CHECK(fixture.content("a") == as_text(other));
}

TEST_CASE("upload: a newer session takes it over at once with all that came, the older is fenced off") {
  DriveFixture fixture;
  const auto content = pattern(1000);
  const auto offer = fixture.large("a", 1000);
  auto older = fixture.writer(offer);
  REQUIRE(older->append(0, ByteView(content).first(400)));
  auto newer = fixture.writer(offer);
  CHECK(newer->received() == 400);
  const auto refused = older->append(400, ByteView(content).first(1));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kConflict);
  CHECK_FALSE(refused.error().retryable);
  older.reset();
  REQUIRE(newer->append(400, ByteView(content).subspan(400)));
  REQUIRE(fixture.commit(std::move(newer), content));
  CHECK(fixture.content("a") == as_text(content));
}

TEST_CASE("upload: another device of the same user has one of its own, and goes on with none of the first's") {
  const bool across_lives = GENERATE(false, true);
  DriveFixture fixture;
  const auto first = fixture.actor;
  const auto content = pattern(1000);
  const auto offer = fixture.large("a", 1000);
  auto held = fixture.writer(offer);
  REQUIRE(held->append(0, ByteView(content).first(600)));
  const auto second = fixture.enrol("owner", random_bytes<32>());
  if (across_lives) {
    held.reset();
    fixture.reopen();
  }
  fixture.actor = second;
  auto own = fixture.writer(offer);
  CHECK(own->received() == 0);
  REQUIRE(own->append(0, ByteView(content).first(100)));
  own.reset();
  CHECK(fixture.drive->uploads(first)->size() == 2);
  fixture.actor = first;
  if (across_lives) held = fixture.writer(offer);
  CHECK(held->received() == 600);
  REQUIRE(held->append(600, ByteView(content).subspan(600)));
  CHECK(fixture.commit(std::move(held), content));
}

TEST_CASE("upload: a fenced session can't commit") {
  DriveFixture fixture;
  const auto content = pattern(1000);
  const auto offer = fixture.large("a", 1000);
  auto older = fixture.writer(offer);
  REQUIRE(older->append(0, content));
  const auto newer = fixture.writer(offer);
  CHECK(fixture.commit(std::move(older), content).error().code == ErrorCode::kConflict);
  CHECK(newer->received() == 1000);
}

TEST_CASE("upload: an offer whose request was committed gets the same answer again") {
  DriveFixture fixture;
  const auto content = pattern(1000);
  const auto offer = fixture.large("a", 1000);
  auto writer = fixture.writer(offer);
  REQUIRE(writer->append(0, content));
  const auto first = fixture.commit(std::move(writer), content);
  REQUIRE(first);
  const auto again = fixture.offer(offer);
  REQUIRE(again);
  REQUIRE(again->committed);
  CHECK(again->committed->version == first->version);
}

TEST_CASE("upload: content that this user holds needs no transfer") {
  DriveFixture fixture;
  const auto content = pattern(100'000);
  REQUIRE(fixture.upload("a", content));
  auto offer = fixture.large("copy", content.size());
  const auto hint = fixture.offer(offer);
  REQUIRE(hint);
  CHECK(hint->same_size_held);
  offer.sha256 = sha256(content);
  const auto answer = fixture.offer(offer);
  REQUIRE(answer);
  REQUIRE(answer->committed);
  CHECK(answer->committed->instant);
  CHECK(fixture.content("copy") == as_text(content));
  CHECK(fixture.object_files().size() == 1);
}

TEST_CASE("upload: of content that is held, an offer of the same size without a digest is told the samples") {
  DriveFixture fixture;
  const auto content = pattern(100'000);
  auto other = content;
  other.front() ^= 1;
  REQUIRE(fixture.upload("a", content));
  REQUIRE(fixture.upload("b", other));
  REQUIRE(fixture.upload("longer", pattern(100'001)));
  auto offer = fixture.large("new", content.size());
  auto told = fixture.offer(offer)->held_samples;
  std::vector expected{sample_of(content), sample_of(other)};
  std::ranges::sort(told);
  std::ranges::sort(expected);
  CHECK(told == expected);
  offer.request_id = random_bytes<16>();
  offer.sha256 = sha256(pattern(1));
  CHECK(fixture.offer(offer)->held_samples.empty());
}

TEST_CASE("upload: of more than eight contents of one size no sample is told, but that there are some") {
  DriveFixture fixture;
  auto content = pattern(70'000);
  for (int i = 0; i < 9; ++i) {
    content.front() = static_cast<std::uint8_t>(i);
    REQUIRE(fixture.upload("f" + std::to_string(i), content));
  }
  const auto hint = fixture.offer(fixture.large("new", content.size()));
  REQUIRE(hint);
  CHECK(hint->same_size_held);
  CHECK(hint->held_samples.empty());
}

TEST_CASE("upload: content of the offered size that can't be read is not told of") {
  DriveFixture fixture;
  const auto content = pattern(100'000);
  REQUIRE(fixture.upload("a", content));
  std::filesystem::remove(fixture.object_files().front());
  const auto hint = fixture.offer(fixture.large("new", content.size()));
  REQUIRE(hint);
  CHECK_FALSE(hint->same_size_held);
  CHECK(hint->held_samples.empty());
}

TEST_CASE("upload: a folder, a failed precondition and a full disk are told before anything is sent") {
  DriveFixture fixture;
  REQUIRE(fixture.put("folder/file", "x"));
  CHECK(fixture.offer(fixture.large("folder", 10)).error().code == ErrorCode::kIsFolder);
  CHECK(fixture.offer(fixture.large("folder/file/x", 10)).error().code == ErrorCode::kNotFolder);
  auto offer = fixture.large("folder/file", 10);
  offer.precondition.must_not_exist = true;
  CHECK(fixture.offer(offer).error().code == ErrorCode::kConflict);
  fixture.files.pretend_free_bytes(100 << 20);
  CHECK(fixture.offer(fixture.large("big", 101 << 20)).error().code == ErrorCode::kNoSpace);
  CHECK(fixture.offer(fixture.large("fits", 1 << 20)));
  CHECK(fixture.staged_files() == 0);
}

TEST_CASE("upload: abandoning it leaves nothing") {
  DriveFixture fixture;
  auto writer = fixture.writer(fixture.large("a", 1000));
  REQUIRE(writer->append(0, pattern(500)));
  REQUIRE(fixture.drive->abandon(std::move(writer)));
  CHECK(fixture.staged_files() == 0);
  CHECK(fixture.drive->uploads(fixture.actor)->empty());
}

TEST_CASE("upload: of sessions that take the same one from each other at the same moment, one has it in the end") {
  DriveFixture fixture;
  const auto content = pattern(1000);
  for (int round = 0; round < 20; ++round) {
    std::array<std::unique_ptr<UploadWriter>, 4> writers;
    {
      std::vector<std::jthread> threads;
      for (auto& writer : writers) {
        threads.emplace_back([&] {
          auto answer = fixture.offer(fixture.large("a", content.size()));
          if (answer) writer = std::move(answer->writer);
        });
      }
    }
    const auto holds = [&](const auto& writer) { return writer && writer->append(0, content); };
    REQUIRE(std::ranges::count_if(writers, holds) == 1);
    for (auto& writer : writers) {
      if (writer) (void)fixture.drive->abandon(std::move(writer));
    }
    REQUIRE(fixture.staged_files() == 0);
  }
}

TEST_CASE("upload: cancelling one whose session is just leaving leaves nothing") {
  DriveFixture fixture;
  for (int round = 0; round < 30; ++round) {
    auto writer = fixture.writer(fixture.large("a", 1000));
    REQUIRE(writer->append(0, pattern(500)));
    const auto id = writer->id();
    std::promise<void> leaving;
    std::promise<void> go_on;
    fixture.files.before_call(Call::kSyncData, 1, [&] {
      leaving.set_value();
      go_on.get_future().wait();
    });
    auto left = std::async(std::launch::async, [&] { writer.reset(); });
    leaving.get_future().wait();
    auto cancelled = std::async(std::launch::async, [&] { return fixture.drive->cancel_upload(fixture.actor, id); });
    // Whether the cancelling is waiting by then is a matter of luck: hence the rounds.
    std::this_thread::yield();
    go_on.set_value();
    left.wait();
    REQUIRE(cancelled.get());
    REQUIRE(fixture.drive->uploads(fixture.actor)->empty());
    REQUIRE(fixture.staged_files() == 0);
  }
}

TEST_CASE("upload: what is under way is told while the disk is slow to take some of it") {
  DriveFixture fixture;
  const auto content = pattern(1000);
  auto writer = fixture.writer(fixture.large("a", content.size()));
  std::promise<std::size_t> told;
  std::thread asking;
  bool told_meanwhile = false;
  fixture.files.before_call(Call::kWrite, 1, [&] {
    asking = std::thread([&] { told.set_value(fixture.drive->uploads(fixture.actor)->size()); });
    told_meanwhile = told.get_future().wait_for(std::chrono::seconds(10)) == std::future_status::ready;
  });
  REQUIRE(writer->append(0, content));
  asking.join();
  CHECK(told_meanwhile);
}

}  // namespace ndisk::storage
