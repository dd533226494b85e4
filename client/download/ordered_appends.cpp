#include "client/download/ordered_appends.hpp"

#include "common/protocol/bulk.hpp"

namespace ndisk::client {

OrderedAppends::OrderedAppends(const net::Executor& executor, net::BlockingPool& pool, ContentRange part,
                               Append& append, Appended appended)
    : append_(append),
      appended_(std::move(appended)),
      offset_(part.offset),
      end_(part.offset + part.length),
      strand_(pool),
      shrank_(executor),
      batches_(executor) {}

net::Task<Result<void>> OrderedAppends::add(std::vector<protocol::Frame> frames) {
  while (under_way_ > 1) co_await shrank_.wait();
  if (!outcome_) co_return outcome_;
  ++under_way_;
  batches_.spawn(append(std::move(frames)));
  co_return Result<void>();
}

net::Task<Result<void>> OrderedAppends::finish() {
  co_await batches_.join();
  co_return outcome_;
}

net::Task<> OrderedAppends::append(std::vector<protocol::Frame> frames) {
  std::uint64_t bytes = 0;
  auto work = [&] { return append_frames(frames, bytes); };
  auto done = co_await strand_.run(work);
  if (bytes > 0) appended_(bytes);
  if (!done && outcome_) outcome_ = std::move(done);
  --under_way_;
  shrank_.notify();
}

Result<void> OrderedAppends::append_frames(const std::vector<protocol::Frame>& frames, std::uint64_t& appended) {
  for (const auto& frame : frames) {
    const auto data = protocol::parse_data(frame.payload);
    if (!data) return std::unexpected(data.error());
    if (data->offset != offset_) return fail(ErrorCode::kProtocol, "the server left a gap in the content");
    if (data->content.size() > end_ - offset_) {
      return fail(ErrorCode::kProtocol, "the server sent more than was asked for");
    }
    if (auto done = append_(data->content); !done) return done;
    offset_ += data->content.size();
    appended += data->content.size();
  }
  return {};
}

}  // namespace ndisk::client
