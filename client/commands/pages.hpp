// The pages that the server answers a question with, up to End. The I/O thread only.
#pragma once

#include <optional>

#include "client/link.hpp"

namespace ndisk::client {

template <class Question, class Page>
class Pages {
 public:
  Pages(Link& link, protocol::FrameType ask, Question question, protocol::FrameType page_type)
      : link_(link), ask_(ask), question_(std::move(question)), page_type_(page_type) {}

  // The next page; nothing at the end. After a lost connection pages come from the start again: skip what you know.
  net::Task<Result<std::optional<Page>>> next() {
    Link::Tries tries;
    for (;;) {
      auto page = co_await take_page();
      if (page) {
        if (++taken_ > furthest_) {
          furthest_ = taken_;
          link_.note_progress();
        }
        co_return page;
      }
      stream_.reset();
      auto retry = co_await link_.before_retry(page.error(), tries);
      if (!retry) co_return std::unexpected(retry.error());
    }
  }

 private:
  net::Task<Result<std::optional<Page>>> take_page() {
    if (!stream_) {
      auto stream = co_await link_.open_stream();
      if (!stream) co_return std::unexpected(stream.error());
      stream_.emplace(std::move(*stream));
      taken_ = 0;
      auto sent = co_await (*stream_)->send(ask_, question_);
      if (!sent) co_return std::unexpected(sent.error());
    }
    const auto frame = co_await (*stream_)->receive();
    if (!frame) co_return std::unexpected(frame.error());
    if (frame->header.type == protocol::FrameType::kEnd) {
      (*stream_)->mark_ended();
      co_return std::optional<Page>();
    }
    if (frame->header.type != page_type_) {
      co_return fail(ErrorCode::kProtocol, "the server answered " + std::string(protocol::frame_type_name(ask_)) +
                                               " with " + std::string(protocol::frame_type_name(frame->header.type)));
    }
    auto page = protocol::parse_message<Page>(frame->payload);
    if (!page) co_return std::unexpected(page.error());
    co_return std::optional<Page>(std::move(*page));
  }

  Link& link_;
  protocol::FrameType ask_;
  Question question_;
  protocol::FrameType page_type_;
  std::optional<Link::Stream> stream_;
  std::size_t taken_ = 0;  // pages of this stream
  std::size_t furthest_ = 0;
};

}  // namespace ndisk::client
