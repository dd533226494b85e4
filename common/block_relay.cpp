#include "common/block_relay.hpp"

#include <array>
#include <new>

namespace ndisk {
namespace {

template <class Work>
Result<void> with_memory(Work work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return std::unexpected(out_of_memory());
  }
}

// Between the thread that reads, which comes with every block, and the one that writes, which may come late or never.
class Relay {
 public:
  explicit Relay(const WriteBlock& write) : write_(write) {}

  // Whoever reads: the block is written, or will be; it must not be changed before the next one was taken.
  Result<void> take(const DigestedBlock& block) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return given_ == nullptr; });
    if (!outcome_) return outcome_;
    if (has_writer_) {
      given_ = &block;
      changed_.notify_one();
      return {};
    }
    // Nobody comes in between: who comes now waits for the next block.
    outcome_ = with_memory([&] { return write_(block); });
    return outcome_;
  }

  void close() {
    const std::scoped_lock lock(mutex_);
    is_closed_ = true;
    changed_.notify_one();
  }

  // Whoever writes: until it is closed and all is written.
  void write_all() {
    std::unique_lock lock(mutex_);
    has_writer_ = true;
    for (;;) {
      changed_.wait(lock, [this] { return given_ != nullptr || is_closed_; });
      if (given_ == nullptr) return;
      const auto* const block = given_;
      lock.unlock();
      auto written = with_memory([&] { return write_(*block); });
      lock.lock();
      if (!written) outcome_ = std::move(written);
      given_ = nullptr;
      changed_.notify_one();
    }
  }

  // Afterwards.
  [[nodiscard]] Result<void> outcome() const { return outcome_; }

 private:
  const WriteBlock& write_;
  std::mutex mutex_;
  std::condition_variable changed_;
  const DigestedBlock* given_ = nullptr;  // until it is written
  bool has_writer_ = false;
  bool is_closed_ = false;
  Result<void> outcome_;
};

// While the last block is written, this has returned.
Result<void> read_all(Relay& relay, std::array<DigestedBlock, 2>& blocks, const ReadBlock& read) {
  const auto* last = &blocks.back();
  for (std::size_t next = 0;; next = 1 - next) {
    auto& block = blocks[next];
    block.all = last->all;
    if (auto done = read(block); !done || block.bytes.empty()) return done;
    if (auto taken = relay.take(block); !taken) return taken;
    last = &block;
  }
}

}  // namespace

Result<void> relay_blocks(Beside& beside, const ReadBlock& read, const WriteBlock& write) {
  std::array<DigestedBlock, 2> blocks;
  Relay relay(write);
  auto read_here = [&] {
    auto done = with_memory([&] { return read_all(relay, blocks, read); });
    relay.close();
    return done;
  };
  auto done = beside.run(read_here, [&relay] { relay.write_all(); });
  return relay.outcome() ? std::move(done) : relay.outcome();
}

}  // namespace ndisk
