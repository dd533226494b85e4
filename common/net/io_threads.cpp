#include "common/net/io_threads.hpp"

namespace ndisk::net {

IoThreads::IoThreads(std::size_t threads) {
  for (std::size_t i = 0; i < threads; ++i) {
    contexts_.push_back(std::make_unique<asio::io_context>(1));
    guards_.push_back(asio::make_work_guard(*contexts_.back()));
  }
  for (auto& context : contexts_) threads_.emplace_back([&context = *context] { context.run(); });
}

IoThreads::~IoThreads() {
  guards_.clear();
  for (auto& context : contexts_) context->stop();
  threads_.clear();
}

}  // namespace ndisk::net
