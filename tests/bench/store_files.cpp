// store_files: puts a folder's files into a fresh drive straight through the storage layer, as a server would with no
// network and no client in front of it. For benchmarks.
//
//   store_files DATA SRC      prints the seconds from the first file to the last commit
//
// The files are in memory before the clock starts; digests of the small ones count, as a server verifies them. Requests
// have ids as a client gives them: of random ones each would touch another page of the catalog.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>
#include <vector>

#include "client/request_ids.hpp"
#include "common/protocol/limits.hpp"
#include "storage/accounts.hpp"
#include "storage/drive.hpp"
#include "storage/posix_file_layer.hpp"
#include "tests/storage/drive_calls.hpp"

namespace ndisk::storage {
namespace {

constexpr std::size_t kThreads = 2;  // that a server on the same machine would use for sessions

struct Source {
  std::string path;
  Bytes content;
};

[[noreturn]] void give_up(const std::string& what) {
  std::fprintf(stderr, "store_files: %s\n", what.c_str());
  std::exit(1);
}

template <class T>
T require(Result<T> result) {
  if (!result) give_up(result.error().message);
  return std::move(*result);
}

std::vector<Source> read_all(const std::filesystem::path& folder) {
  std::vector<Source> sources;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    sources.push_back(
        {std::filesystem::relative(entry.path(), folder).string(), Bytes(std::istreambuf_iterator<char>(file), {})});
  }
  return sources;
}

class Storing {
 public:
  Storing(Drive& drive, const Actor& actor, std::vector<Source> sources)
      : drive_(drive), actor_(actor), sources_(std::move(sources)), left_(sources_.size()) {}

  void run() {
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 0; i < kThreads; ++i) threads.emplace_back([this] { take_turns(); });
    }
    for (auto left = left_.load(); left > 0; left = left_.load()) left_.wait(left);
  }

 private:
  void take_turns() {
    client::RequestIds ids;
    for (auto i = next_++; i < sources_.size(); i = next_++) {
      if (sources_[i].content.size() <= protocol::kMaxSmallFileBytes) {
        put_small(sources_[i], ids.next());
      } else {
        upload(sources_[i], ids.next());
      }
    }
  }

  void put_small(Source& source, const protocol::RequestId& id) {
    SmallFile file;
    file.request_id = id;
    file.path = at(source.path);
    file.attributes = {1'600'000'000 * kSecondNs, 0644};
    file.sha256 = sha256(source.content);
    file.content = std::move(source.content);
    drive_.put_small(actor_, std::move(file), [this](Result<Committed> committed) { end(std::move(committed)); });
  }

  void upload(const Source& source, const protocol::RequestId& id) {
    UploadOffer offer;
    offer.request_id = id;
    offer.path = at(source.path);
    offer.attributes = {1'600'000'000 * kSecondNs, 0644};
    offer.size = source.content.size();
    auto answer =
        require(wait_for<OfferAnswer>([&](auto done) { drive_.offer(actor_, std::move(offer), std::move(done)); }));
    if (auto appended = answer.writer->append(0, source.content); !appended) give_up(appended.error().message);
    drive_.commit(std::move(answer.writer), source.content.size(), sha256(source.content),
                  [this](Result<Committed> committed) { end(std::move(committed)); });
  }

  void end(Result<Committed> committed) {
    if (!committed) give_up(committed.error().message);
    --left_;
    left_.notify_one();
  }

  Drive& drive_;
  const Actor actor_;
  std::vector<Source> sources_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<std::size_t> left_;
};

double seconds_to_store(const std::string& data, const std::string& folder) {
  auto sources = read_all(folder);
  PosixFileLayer files;
  const SystemClock clock;
  DriveOptions options;
  options.data_directory = data;
  auto drive = require(Drive::open(options, files, clock));
  const auto owner = require(drive->accounts().local_owner());
  Storing storing(*drive, owner.actor, std::move(sources));
  const auto began = std::chrono::steady_clock::now();
  storing.run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

}  // namespace
}  // namespace ndisk::storage

int main(int argc, char** argv) {
  if (argc != 3) return std::fprintf(stderr, "usage: store_files DATA SRC\n"), 2;
  std::printf("%.4f\n", ndisk::storage::seconds_to_store(argv[1], argv[2]));
}
