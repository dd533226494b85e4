// A sync of the whole file system that fails is told once. Whose bytes it could not write nobody knows.
#include <algorithm>
#include <cerrno>

#include "tests/faults/system_calls.hpp"
#include "tests/storage/drive_fixture.hpp"

namespace ndisk::storage {
namespace {

constexpr int kFiles = 40;  // enough for one sync of all, also where a few of them went ahead

class Puts {
 public:
  explicit Puts(DriveFixture& fixture) : fixture_(fixture) {}

  void begin(const std::string& folder) {
    for (int i = 0; i < kFiles; ++i) {
      const auto name = folder + "/" + std::to_string(i);
      auto promise = std::make_shared<std::promise<bool>>();  // shared: a completion must be movable
      ends_.emplace_back(name, promise->get_future());
      fixture_.drive->put_small(fixture_.actor, fixture_.small(name, to_bytes(name)),
                                [promise](Result<Committed> result) { promise->set_value(result.has_value()); });
    }
  }
  // The names of those that were answered as stored.
  std::vector<std::string> wait() {
    std::vector<std::string> stored;
    for (auto& [name, end] : ends_) {
      if (end.get()) stored.push_back(name);
    }
    return stored;
  }

 private:
  DriveFixture& fixture_;
  std::vector<std::pair<std::string, std::future<bool>>> ends_;
};

}  // namespace

TEST_CASE("group: what a failed sync of the file system lost of the files behind it is not answered as stored") {
  DriveFixture fixture;
  fixture.options.tree = false;
  fixture.files.pretend_reliable_syncfs(true);
  fixture.reopen();
  std::promise<void> first_begun;
  std::promise<void> is_syncing;
  std::promise<void> second_begun;
  fixture.files.before_call(Call::kSync, 1, [&] { first_begun.get_future().wait(); });
  fixture.files.before_call(Call::kSyncFileSystem, 1, [&] {
    is_syncing.set_value();
    second_begun.get_future().wait();
  });
  Puts puts(fixture);
  faults::arm({.error = EIO, .nth = 1, .only = "syncfs"});
  puts.begin("first");
  first_begun.set_value();
  is_syncing.get_future().wait();
  puts.begin("second");
  second_begun.set_value();
  const auto stored = puts.wait();
  CHECK(faults::failed_call().starts_with("syncfs"));
  faults::heal();
  fixture.files.heal();
  for (const auto& name : stored) {
    INFO(name);
    CHECK(fixture.content(name) == name);
  }
  const auto names = fixture.names("", true);
  const auto is_file = [](const std::string& name) { return !name.ends_with('/'); };
  CHECK(std::ranges::count_if(names, is_file) == std::ssize(stored));
  Puts again(fixture);
  again.begin("third");
  CHECK(again.wait().size() == kFiles);
}

}  // namespace ndisk::storage
