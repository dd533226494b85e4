#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>

#include "tests/storage/crash_copy.hpp"
#include "tests/storage/drive_fixture.hpp"

namespace ndisk::storage {
namespace {

constexpr std::size_t kPiece = 64 * 1024;

// Appends up to `end` in pieces like those of the wire.
void append_up_to(UploadWriter& writer, const Bytes& content, std::size_t end) {
  while (writer.received() < end) {
    const auto from = writer.received();
    REQUIRE(writer.append(from, ByteView(content).subspan(from, std::min(kPiece, end - from))));
  }
}

bool becomes_durable(const UploadWriter& writer, std::uint64_t bytes) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (writer.durable() < bytes && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  return writer.durable() >= bytes;
}

// The fixture goes on in what a crash would leave now.
void crash(DriveFixture& fixture) {
  const auto copy = fixture.folder.path() + "/after-crash";
  copy_as_after_crash(fixture.options.data_directory, copy);
  fixture.drive->close();
  fixture.options.data_directory = copy;
  fixture.reopen();
}

}  // namespace

TEST_CASE("checkpoint: progress becomes durable by itself while data comes in") {
  DriveFixture fixture;
  fixture.options.checkpoint_bytes = 1 << 20;
  fixture.reopen();
  const auto content = pattern(5 << 20);
  auto writer = fixture.writer(fixture.large("a", content.size()));
  append_up_to(*writer, content, content.size());
  CHECK(becomes_durable(*writer, 1 << 20));
}

TEST_CASE("checkpoint: after a crash the upload goes on at the recorded length and ends right") {
  DriveFixture fixture;
  fixture.options.checkpoint_bytes = 1 << 20;
  fixture.reopen();
  const auto content = pattern((5 << 20) + 12'345);
  const auto offer = fixture.large("a", content.size());
  auto writer = fixture.writer(offer);
  append_up_to(*writer, content, 3 << 20);
  REQUIRE(becomes_durable(*writer, 1 << 20));
  const auto durable = writer->durable();
  crash(fixture);
  writer = fixture.writer(offer);
  CHECK(writer->received() >= durable);
  CHECK(writer->received() == writer->durable());
  CHECK(writer->sha256_so_far() == sha256(ByteView(content).first(writer->received())));
  append_up_to(*writer, content, content.size());
  REQUIRE(fixture.commit(std::move(writer), content));
  CHECK(fixture.content("a") == as_text(content));
}

TEST_CASE("checkpoint: what is received never runs far ahead of what is durable") {
  DriveFixture fixture;
  fixture.reopen();
  const auto content = pattern(1 << 20);
  auto writer = fixture.writer(fixture.large("pipe", std::nullopt));
  for (int i = 0; i < 40; ++i) {
    REQUIRE(writer->append(writer->received(), content));
    CHECK(writer->received() - writer->durable() < 8 << 20);
  }
}

TEST_CASE("checkpoint: one that fails stops the upload, and what was durable stays") {
  DriveFixture fixture;
  fixture.options.checkpoint_bytes = 1 << 20;
  fixture.reopen();
  const auto content = pattern(8 << 20);
  const auto offer = fixture.large("a", content.size());
  auto writer = fixture.writer(offer);
  append_up_to(*writer, content, 1 << 20);
  REQUIRE(becomes_durable(*writer, 1 << 20));
  const auto durable = writer->durable();
  fixture.files.fail_call(Call::kSyncData, EIO, 1, 1000);
  Result<void> appended;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (appended && writer->received() < content.size() - kPiece && std::chrono::steady_clock::now() < deadline) {
    appended = writer->append(writer->received(), ByteView(content).subspan(writer->received(), kPiece));
    std::this_thread::yield();
  }
  writer.reset();
  fixture.files.heal();
  writer = fixture.writer(offer);
  CHECK(writer->received() == durable);
  append_up_to(*writer, content, content.size());
  CHECK(fixture.commit(std::move(writer), content));
}

TEST_CASE("recovery: staged files without a row are removed, recorded uploads stay") {
  DriveFixture fixture;
  const auto content = pattern(100'000);
  auto kept = fixture.writer(fixture.large("kept", content.size()));
  REQUIRE(kept->append(0, ByteView(content).first(50'000)));
  kept.reset();
  auto lost = fixture.writer(fixture.large("lost", content.size()));
  REQUIRE(lost->append(0, ByteView(content).first(50'000)));
  crash(fixture);
  lost.reset();
  CHECK(fixture.staged_files() == 1);
  CHECK(fixture.writer(fixture.large("kept", content.size()))->received() == 50'000);
  CHECK(fixture.writer(fixture.large("lost", content.size()))->received() == 0);
}

TEST_CASE("recovery: a staged file that is shorter than recorded starts over") {
  DriveFixture fixture;
  const auto content = pattern(100'000);
  const auto offer = fixture.large("a", content.size());
  auto writer = fixture.writer(offer);
  REQUIRE(writer->append(0, ByteView(content).first(50'000)));
  const auto name = to_hex(writer->id());
  fixture.drive.reset();
  std::filesystem::resize_file(fixture.data("staging/" + name), 49'999);
  writer.reset();
  fixture.open();
  writer = fixture.writer(offer);
  CHECK(writer->received() == 0);
  REQUIRE(writer->append(0, content));
  CHECK(fixture.commit(std::move(writer), content));
}

TEST_CASE("recovery: everything that was answered before a crash is there after it") {
  DriveFixture fixture;
  for (int i = 0; i < 20; ++i) REQUIRE(fixture.put("d/" + std::to_string(i), std::to_string(i)));
  REQUIRE(fixture.remove("d/3"));
  const auto content = pattern(200'000);
  REQUIRE(fixture.upload("big", content));
  crash(fixture);
  CHECK(fixture.names("d").size() == 19);
  CHECK(fixture.content("d/19") == "19");
  CHECK(fixture.content("big") == as_text(content));
  CHECK(fixture.drive->status()->files == 20);
}

TEST_CASE("object: ids are not used again after a crash") {
  DriveFixture fixture;
  const auto ids = [&] {
    std::vector<std::string> found;
    for (const auto& path : fixture.object_files()) found.push_back(std::filesystem::path(path).extension());
    return found;
  };
  REQUIRE(fixture.put("a", "one"));
  const auto before = ids();
  crash(fixture);
  REQUIRE(fixture.put("b", "two"));
  const auto after = ids();
  REQUIRE(before.size() == 1);
  REQUIRE(after.size() == 2);
  CHECK(after[0] != after[1]);
}

TEST_CASE("crash: between a large file's object and its commit, the upload goes on and nothing is visible") {
  DriveFixture fixture;
  const auto content = pattern(100'000);
  const auto offer = fixture.large("big", content.size());
  auto writer = fixture.writer(offer);
  REQUIRE(writer->append(0, ByteView(content).first(90'000)));
  writer.reset();
  writer = fixture.writer(offer);
  REQUIRE(writer->append(90'000, ByteView(content).subspan(90'000)));
  const auto copy = fixture.folder.path() + "/after-crash";
  // The first sync is that of the content, the second that of the folder which has the object's name by then.
  fixture.files.before_call(Call::kSync, 2, [&] { copy_as_after_crash(fixture.options.data_directory, copy); });
  REQUIRE(fixture.commit(std::move(writer), content));
  fixture.files.heal();
  fixture.drive->close();
  fixture.options.data_directory = copy;
  fixture.reopen();
  CHECK(fixture.names().empty());
  CHECK(fixture.object_files().size() == 1);
  CHECK(fixture.drive->collect()->litter == 1);
  writer = fixture.writer(offer);
  CHECK(writer->received() == 90'000);
  REQUIRE(writer->append(90'000, ByteView(content).subspan(90'000)));
  REQUIRE(fixture.commit(std::move(writer), content));
  CHECK(fixture.content("big") == as_text(content));
}

TEST_CASE("crash: between a small file's object and its commit, nothing is visible and the file is collected") {
  DriveFixture fixture;
  const auto copy = fixture.folder.path() + "/after-crash";
  fixture.files.before_call(Call::kSync, 1, [&] { copy_as_after_crash(fixture.options.data_directory, copy); });
  REQUIRE(fixture.put("a", "one"));
  fixture.drive->close();
  fixture.options.data_directory = copy;
  fixture.reopen();
  CHECK(fixture.names().empty());
  CHECK(fixture.drive->collect()->litter == 1);
  CHECK(fixture.object_files().empty());
}

}  // namespace ndisk::storage
