// Answers of many rows, in pages that are as full as a control message may be.
#pragma once

#include <google/protobuf/arena.h>
#include <google/protobuf/message_lite.h>

#include "server/handlers/handlers.hpp"

namespace ndisk::server {

// What such an answer ends with: End, or why there is none. A connection that has ended is the session's to notice, and
// so is a session that has.
void end_rows(Stream& stream, const Result<void>& sent);

// Page is a message of nothing but rows. One coroutine.
template <class Page>
class RowWriter {
 public:
  RowWriter(Stream& stream, protocol::FrameType type) : stream_(stream), type_(type) {}

  // Sends the page first if the row has no room on it. Fails when the connection has ended.
  template <class Row>
  net::Task<Result<void>> add(google::protobuf::RepeatedPtrField<Row>* (Page::*rows)(), Row row) {
    const auto bytes = row.ByteSizeLong() + kRowOverhead;
    Result<void> sent;
    if (bytes_ + bytes > protocol::kMaxControlBytes || count_ == protocol::kMaxListPageEntries) sent = co_await flush();
    (page_->*rows)()->Add(std::move(row));
    bytes_ += bytes;
    ++count_;
    co_return sent;
  }

  // Sends what is left, unless the stream is over.
  net::Task<Result<void>> flush() {
    if (count_ == 0) co_return Result<void>();
    auto frame = net::encode_frame(type_, stream_.id(), *page_);
    arena_.Reset();
    page_ = google::protobuf::Arena::CreateMessage<Page>(&arena_);
    bytes_ = 0;
    count_ = 0;
    if (stream_.is_over()) co_return Result<void>();
    co_return co_await stream_.send(type_, std::move(frame));
  }

 private:
  static constexpr std::size_t kRowOverhead = 4;  // field number and length

  Stream& stream_;
  protocol::FrameType type_;
  // A message that got no memory for a row can't be destroyed, but with its arena.
  google::protobuf::Arena arena_;
  Page* page_ = google::protobuf::Arena::CreateMessage<Page>(&arena_);
  std::size_t bytes_ = 0;
  std::size_t count_ = 0;
};

}  // namespace ndisk::server
