#include "server/ask_server.hpp"

#include <asio/io_context.hpp>

#include "common/net/client_session.hpp"
#include "server/listener.hpp"

namespace ndisk::server {
namespace {

using protocol::FrameType;

struct Question {
  std::string path;
  FrameType type;
  const google::protobuf::MessageLite& message;
  const OnFrame& on_frame;
};

net::Task<Result<void>> exchange(net::ClientSession& session, const Question& question) {
  auto stream = co_await session.open_stream();
  if (!stream) co_return std::unexpected(stream.error());
  auto sent = co_await stream->send(question.type, question.message);
  if (!sent) co_return sent;
  for (;;) {
    const auto frame = co_await stream->receive();
    if (!frame) co_return std::unexpected(frame.error());
    const bool last = protocol::closes_stream(frame->header.type);
    if (last) stream->mark_ended();
    auto taken = question.on_frame(*frame);
    if (!taken || last) co_return taken;
  }
}

net::Task<> ask(const Question& question, Result<void>& outcome) {
  const net::ServerAddress address = net::UnixAddress{question.path};
  const net::Credentials credentials = net::LocalCredentials{};
  auto session = co_await net::ClientSession::open(address, credentials);
  if (!session) {
    outcome = fail_with_context("the server of " + question.path + " can't be reached; is ndiskd running there?",
                                session.error());
    co_return;
  }
  outcome = co_await exchange(**session, question);
  co_await (*session)->finish();
}

}  // namespace

Result<void> exchange_with_server(const std::string& data_directory, FrameType type,
                                  const google::protobuf::MessageLite& question, const OnFrame& on_frame) {
  asio::io_context context(1);
  Result<void> outcome = fail(ErrorCode::kInternal, "the server was not asked");
  net::TaskGroup tasks(context.get_executor());
  const Question asked{data_directory + "/" + kSocketName, type, question, on_frame};
  tasks.spawn(ask(asked, outcome));
  context.run();
  return outcome;
}

}  // namespace ndisk::server
