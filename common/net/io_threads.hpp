// The I/O threads: one io_context each. A connection is assigned to one of them for life.
#pragma once

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <memory>
#include <thread>
#include <vector>

#include "common/net/task.hpp"

namespace ndisk::net {

class IoThreads {
 public:
  explicit IoThreads(std::size_t threads);
  // Stops the contexts and joins. Tasks that still run are destroyed where they wait: let them end before. And let the
  // threads end that resumed them, such as a pool's: one that has posted touches the context a moment longer.
  ~IoThreads();

  [[nodiscard]] std::size_t size() const { return contexts_.size(); }
  [[nodiscard]] Executor executor(std::size_t index) const { return contexts_[index]->get_executor(); }

 private:
  std::vector<std::unique_ptr<asio::io_context>> contexts_;
  std::vector<asio::executor_work_guard<asio::io_context::executor_type>> guards_;
  std::vector<std::jthread> threads_;
};

}  // namespace ndisk::net
