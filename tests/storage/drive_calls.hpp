// What tests of a drive say often: a clock to set, contents, paths, and calls that wait for their ends.
#pragma once

#include <atomic>
#include <future>
#include <string_view>

#include "storage/drive.hpp"

namespace ndisk::storage {

class HandClock final : public Clock {
 public:
  TimeNs now() const override { return now_; }
  void advance(TimeNs by) { now_ += by; }

 private:
  std::atomic<TimeNs> now_ = 1'700'000'000 * kSecondNs;
};

inline Bytes to_bytes(std::string_view text) { return {text.begin(), text.end()}; }

inline RemotePath at(std::string_view path) { return *RemotePath::from_wire(path); }

// Content that does not repeat, so that misplaced bytes show.
inline Bytes pattern(std::size_t size, std::uint32_t seed = 1) {
  Bytes bytes(size);
  for (auto& byte : bytes) {
    seed = seed * 1664525 + 1013904223;
    byte = static_cast<std::uint8_t>(seed >> 24);
  }
  return bytes;
}

// Runs a call that ends in a Completion<T>, and waits for it.
template <class T, class CallWith>
Result<T> wait_for(CallWith call) {
  std::promise<Result<T>> promise;
  auto future = promise.get_future();
  call([&promise](Result<T> result) { promise.set_value(std::move(result)); });
  return future.get();
}

}  // namespace ndisk::storage
