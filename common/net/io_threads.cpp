#include "common/net/io_threads.hpp"

#include <cstdio>
#include <new>

namespace ndisk::net {
namespace {

// What is posted and gets no memory is left out; the others are served.
void run_to_the_end(asio::io_context& context) {
  for (;;) {
    try {
      context.run();
      return;
    } catch (const std::bad_alloc&) {
      std::fputs("an I/O thread got no memory for one of its tasks\n", stderr);
    }
  }
}

}  // namespace

IoThreads::IoThreads(std::size_t threads) {
  for (std::size_t i = 0; i < threads; ++i) {
    contexts_.push_back(std::make_unique<asio::io_context>(1));
    guards_.push_back(asio::make_work_guard(*contexts_.back()));
  }
  for (auto& context : contexts_) threads_.emplace_back([&context = *context] { run_to_the_end(context); });
}

IoThreads::~IoThreads() {
  guards_.clear();
  for (auto& context : contexts_) context->stop();
  threads_.clear();
}

}  // namespace ndisk::net
