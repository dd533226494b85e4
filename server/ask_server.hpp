// Requests of the command line to the server that runs on a data directory, through DATA/ndisk.sock. Each call is a
// session of its own and blocks until it is answered.
#pragma once

#include <functional>
#include <string>

#include "common/protocol/messages.hpp"

namespace ndisk::server {

using OnFrame = std::function<Result<void>(const protocol::Frame&)>;

// Gives every frame of the answer to `on_frame`, up to the one that closes the stream; an error of it ends the call.
// kNotFound or kNetwork, saying so, if no server runs; the server's own error.
[[nodiscard]] Result<void> exchange_with_server(const std::string& data_directory, protocol::FrameType type,
                                                const google::protobuf::MessageLite& question, const OnFrame& on_frame);

// Of answers that are one frame.
template <class Answer>
[[nodiscard]] Result<Answer> ask_server(const std::string& data_directory, protocol::FrameType type,
                                        const google::protobuf::MessageLite& question) {
  Result<Answer> answer;
  const auto asked = exchange_with_server(data_directory, type, question, [&](const protocol::Frame& frame) {
    answer = protocol::parse_message<Answer>(frame.payload);
    return answer ? Result<void>() : std::unexpected(answer.error());
  });
  if (!asked) return std::unexpected(asked.error());
  return answer;
}

// Of answers that are any number of pages and an End.
template <class Page>
[[nodiscard]] Result<void> ask_server_for_pages(const std::string& data_directory, protocol::FrameType type,
                                                const google::protobuf::MessageLite& question,
                                                const std::function<void(const Page&)>& on_page) {
  return exchange_with_server(data_directory, type, question, [&](const protocol::Frame& frame) -> Result<void> {
    if (frame.header.type == protocol::FrameType::kEnd) return {};
    const auto page = protocol::parse_message<Page>(frame.payload);
    if (!page) return std::unexpected(page.error());
    on_page(*page);
    return {};
  });
}

}  // namespace ndisk::server
