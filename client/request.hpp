// One message there, one message back, made again after a lost connection. The I/O thread only.
#pragma once

#include "client/link.hpp"

namespace ndisk::client {

// Only for requests that may be made twice: those with a request id, and those that change nothing. `answer` is the
// type of the one frame that is due.
template <class Answer>
net::Task<Result<Answer>> request(Link& link, protocol::FrameType type, const google::protobuf::MessageLite& message,
                                  protocol::FrameType answer) {
  Link::Tries tries;
  for (;;) {
    auto stream = co_await link.open_stream();
    if (!stream) co_return std::unexpected(stream.error());
    Result<Answer> received;
    auto sent = co_await (*stream)->send(type, message);
    if (sent) {
      received = co_await (*stream)->template receive<Answer>(answer);
    } else {
      received = std::unexpected(sent.error());
    }
    if (received) {
      (*stream)->mark_ended();
      link.note_progress();
      co_return received;
    }
    auto retry = co_await link.before_retry(received.error(), tries);
    if (!retry) co_return std::unexpected(retry.error());
  }
}

}  // namespace ndisk::client
