// A drive in a folder of its own, with a clock and a disk that the test can bend, and calls that wait for their ends.
#pragma once

#include <fstream>
#include <future>
#include <iterator>
#include <memory>

#include "common/random.hpp"
#include "storage/accounts.hpp"
#include "tests/catch.hpp"
#include "tests/storage/drive_calls.hpp"
#include "tests/storage/faulty_file_layer.hpp"
#include "tests/temporary_folder.hpp"

namespace ndisk::storage {

class DriveFixture {
 public:
  DriveFixture() {
    options.data_directory = folder.path() + "/data";
    open();
  }
  // On a directory that is there.
  explicit DriveFixture(const std::string& data_directory) {
    options.data_directory = data_directory;
    open();
  }

  void open() {
    auto opened = Drive::open(options, files, clock);
    INFO((opened ? std::string() : opened.error().message));
    REQUIRE(opened);
    drive = std::move(*opened);
    const auto owner = drive->accounts().local_owner();
    REQUIRE(owner);
    actor = owner->actor;
  }
  void reopen() {
    drive.reset();
    open();
  }

  // A device of this user. What is asked for from become() on is asked for by a fresh one.
  Actor enrol(const std::string& user, const PublicKey& key) {
    const auto token = drive->accounts().create_invite(user);
    REQUIRE(token);
    const auto identity = drive->accounts().enrol(*token, key, "laptop");
    REQUIRE(identity);
    return identity->actor;
  }
  void become(const std::string& user) { actor = enrol(user, random_bytes<32>()); }

  SmallFile small(std::string_view path, const Bytes& content, TimeNs mtime = 1'600'000'000'123'456'789) {
    SmallFile file;
    file.request_id = random_bytes<16>();
    file.path = at(path);
    file.attributes = {mtime, 0640};
    file.sha256 = sha256(content);
    file.content = content;
    return file;
  }
  Result<Committed> put(SmallFile file) {
    return wait_for<Committed>([&](auto done) { drive->put_small(actor, std::move(file), std::move(done)); });
  }
  Result<Committed> put(std::string_view path, std::string_view content) { return put(small(path, to_bytes(content))); }

  UploadOffer large(std::string_view path, std::optional<std::uint64_t> size) {
    UploadOffer offer;
    offer.request_id = random_bytes<16>();
    offer.path = at(path);
    offer.attributes = {1'600'000'000'000'000'001, 0644};
    offer.size = size;
    return offer;
  }
  Result<OfferAnswer> offer(const UploadOffer& what) {
    return wait_for<OfferAnswer>([&](auto done) { drive->offer(actor, what, std::move(done)); });
  }
  std::unique_ptr<UploadWriter> writer(const UploadOffer& what) {
    auto answer = offer(what);
    INFO((answer ? std::string() : answer.error().message));
    REQUIRE(answer);
    REQUIRE(answer->writer);
    return std::move(answer->writer);
  }
  Result<Committed> commit(std::unique_ptr<UploadWriter> writer, const Bytes& content) {
    return wait_for<Committed>(
        [&](auto done) { drive->commit(std::move(writer), content.size(), sha256(content), std::move(done)); });
  }
  Result<Committed> upload(std::string_view path, const Bytes& content) {
    auto held = writer(large(path, content.size()));
    const auto appended = held->append(held->received(), ByteView(content).subspan(held->received()));
    if (!appended) return std::unexpected(appended.error());
    return commit(std::move(held), content);
  }

  Result<std::uint64_t> remove(std::string_view path, bool recursive = false, RequestId id = random_bytes<16>()) {
    return wait_for<std::uint64_t>([&](auto done) { drive->remove(actor, id, at(path), recursive, std::move(done)); });
  }
  Result<std::uint64_t> make_folder(std::string_view path, RequestId id = random_bytes<16>()) {
    return wait_for<std::uint64_t>([&](auto done) { 
      FolderRequest request;
      request.request_id = id;
      request.path = at(path);
      drive->make_folder(actor, std::move(request), std::move(done));
    });
  }

  // The content at a path, or the error as text.
  std::string content(const OpenTarget& target) {
    auto reader = drive->open_file(actor, target);
    if (!reader) return "error " + std::string(error_name(reader.error().code));
    Bytes bytes((*reader)->size());
    const auto count = (*reader)->read(0, bytes);
    if (!count) return "error " + std::string(error_name(count.error().code));
    REQUIRE(sha256(bytes) == (*reader)->sha256());
    return std::string(as_text(bytes));
  }
  std::string content(std::string_view path) { return content(OpenTarget{at(path), {}}); }

  // Names as listed, one after the other, folders with a slash.
  std::vector<std::string> names(std::string_view path = "", bool recursive = false, std::size_t page_size = 1000) {
    std::vector<std::string> all;
    ListRequest request{at(path), recursive, "", page_size};
    for (;;) {
      auto page = drive->list(actor, request);
      REQUIRE(page);
      for (const auto& entry : page->entries) all.push_back(entry.path + (entry.kind == Kind::kFolder ? "/" : ""));
      if (page->last) return all;
      REQUIRE_FALSE(page->entries.empty());
      request.after = page->entries.back().path;
    }
  }

  [[nodiscard]] std::string data(const std::string& name) const { return options.data_directory + "/" + name; }
  [[nodiscard]] std::vector<std::string> object_files() const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(data("objects"))) {
      if (entry.is_regular_file()) found.push_back(entry.path());
    }
    return found;
  }
  [[nodiscard]] std::size_t staged_files() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(data("staging"))) count += entry.is_regular_file();
    return count;
  }
  static std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  TemporaryFolder folder;
  FaultyFileLayer files;
  HandClock clock;
  DriveOptions options;
  std::unique_ptr<Drive> drive;
  Actor actor;
};

}  // namespace ndisk::storage
