// Beside: work that is done on another thread while the caller does something else, if a thread is free for it at once.
//
// Thread-safe. Memory is taken in the constructor only.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

namespace ndisk {

class Beside {
 public:
  // Without any threads, everything is done by the callers.
  explicit Beside(std::size_t threads);
  ~Beside();
  Beside(const Beside&) = delete;
  Beside& operator=(const Beside&) = delete;

  // Returns what `here` returns, when `other` is done too: meanwhile by a thread that has nothing to do, or, if none
  // has begun it by the time that `here` is done, afterwards by the caller. Neither may throw.
  template <class Here, class Other>
  std::invoke_result_t<Here&> run(Here&& here, Other&& other) {
    Offer offer{[](void* work) { (*static_cast<std::remove_reference_t<Other>*>(work))(); }, &other};
    const bool is_offered = put(offer);
    auto result = here();
    if (!is_offered || take_back(offer)) other();
    return result;
  }

 private:
  struct Offer {
    void (*call)(void*);
    void* work;
    bool is_done = false;
    std::condition_variable done{};
  };

  bool put(Offer& offer);
  // False: it was done elsewhere.
  bool take_back(Offer& offer);
  void run_thread();

  std::mutex mutex_;
  std::condition_variable arrived_;
  Offer* offered_ = nullptr;
  std::size_t idle_ = 0;
  bool stopping_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace ndisk
