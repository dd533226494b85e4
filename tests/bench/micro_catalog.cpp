// The storage layer with its catalog, on a data directory of its own in TMPDIR, else in memory: commits in groups,
// lookups, listings.
#include <benchmark/benchmark.h>

#include <latch>

#include "common/random.hpp"
#include "storage/accounts.hpp"
#include "storage/drive.hpp"
#include "storage/posix_file_layer.hpp"
#include "tests/storage/drive_calls.hpp"
#include "tests/temporary_folder.hpp"

namespace ndisk::storage {
namespace {

constexpr std::size_t kFilesOfFolder = 100;
constexpr std::size_t kFiles = 5000;
constexpr std::size_t kContentBytes = 4096;
constexpr std::size_t kGroup = 512;

template <class T>
T require(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

std::string path_of(std::size_t number) {
  return "d" + std::to_string(number / kFilesOfFolder) + "/f" + std::to_string(number) + ".dat";
}

class OwnDrive {
 public:
  OwnDrive() {
    DriveOptions options;
    options.data_directory = folder_.path() + "/data";
    drive_ = require(Drive::open(options, files_, clock_));
    actor_ = require(drive_->accounts().local_owner()).actor;
  }

  Drive* operator->() { return drive_.get(); }
  [[nodiscard]] const Actor& actor() const { return actor_; }

  // Files that nobody has put before, all under way at once, until the last is committed.
  void put(std::size_t count) {
    std::latch left(static_cast<std::ptrdiff_t>(count));
    std::atomic<bool> failed = false;
    for (std::size_t i = 0; i < count; ++i) {
      drive_->put_small(actor_, next_file(), [&](Result<Committed> committed) {
        if (!committed) failed = true;
        left.count_down();
      });
    }
    left.wait();
    if (failed) throw std::runtime_error("a file was not committed");
  }
  void fill() {
    while (next_ < kFiles) put(std::min(kGroup, kFiles - next_));
  }

 private:
  SmallFile next_file() {
    SmallFile file;
    file.request_id = random_bytes<16>();
    file.path = at(path_of(next_));
    file.attributes = {1'600'000'000 * kSecondNs, 0644};
    file.content = pattern(kContentBytes, static_cast<std::uint32_t>(next_++));
    file.sha256 = sha256(file.content);
    return file;
  }

  TemporaryFolder folder_;
  PosixFileLayer files_;
  SystemClock clock_;
  std::unique_ptr<Drive> drive_;
  Actor actor_;
  std::size_t next_ = 0;
};

// So many files of 4 KiB at once. What a commit costs is shared by those that meet in the queue.
void commit_small_files(benchmark::State& state) {
  OwnDrive drive;
  const auto at_once = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) drive.put(at_once);
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(commit_small_files)->Arg(1)->Arg(16)->Arg(256)->Arg(1024)->UseRealTime()->Unit(benchmark::kMicrosecond);

void look_up(benchmark::State& state) {
  OwnDrive drive;
  drive.fill();
  std::size_t number = 0;
  for (auto _ : state) {
    number = (number + 997) % kFiles;
    auto status = drive->stat(drive.actor(), at(path_of(number)));
    if (!status) state.SkipWithError(status.error().message.c_str());
    benchmark::DoNotOptimize(status);
  }
}
BENCHMARK(look_up);

void open_and_read(benchmark::State& state) {
  OwnDrive drive;
  drive.fill();
  Bytes content(kContentBytes);
  std::size_t number = 0;
  for (auto _ : state) {
    number = (number + 997) % kFiles;
    auto reader = require(drive->open_file(drive.actor(), {at(path_of(number)), {}}));
    if (require(reader->read(0, content)) != content.size()) state.SkipWithError("a file is too short");
  }
}
BENCHMARK(open_and_read);

// Pages as a session asks for them, until the end.
std::size_t list_all(OwnDrive& drive, ListRequest request) {
  std::size_t entries = 0;
  for (;;) {
    const auto page = require(drive->list(drive.actor(), request));
    entries += page.entries.size();
    if (page.last) return entries;
    request.after = page.reached;
  }
}

void list_folder(benchmark::State& state) {
  OwnDrive drive;
  drive.fill();
  std::size_t entries = 0;
  for (auto _ : state) entries += list_all(drive, {.path = at("d7")});
  if (entries != state.iterations() * kFilesOfFolder) state.SkipWithError("entries are missing");
  state.SetItemsProcessed(static_cast<std::int64_t>(entries));
}
BENCHMARK(list_folder);

void list_everything(benchmark::State& state) {
  OwnDrive drive;
  drive.fill();
  std::size_t entries = 0;
  for (auto _ : state) entries += list_all(drive, {.path = at(""), .recursive = true});
  state.SetItemsProcessed(static_cast<std::int64_t>(entries));
}
BENCHMARK(list_everything)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace ndisk::storage
