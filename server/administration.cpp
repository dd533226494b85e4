#include "server/administration.hpp"

#include <asio/io_context.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "common/net/client_session.hpp"
#include "server/listener.hpp"

namespace ndisk::server {
namespace {

using protocol::FrameType;

// One request on the running server's socket, one answer.
template <class Answer>
net::Task<> ask(std::string path, FrameType type, const google::protobuf::MessageLite& question, FrameType answer_type,
                Result<Answer>& answer) {
  const net::ServerAddress address = net::UnixAddress{path};
  const net::Credentials credentials = net::LocalCredentials{};
  auto session = co_await net::ClientSession::open(address, credentials);
  if (!session) {
    answer =
        fail_with_context("the server of " + path + " can't be reached; is ndiskd running there?", session.error());
    co_return;
  }
  {
    auto stream = co_await (*session)->open_stream();
    Result<void> sent;
    if (stream) sent = co_await stream->send(type, question);
    if (stream && sent) {
      answer = co_await stream->template receive<Answer>(answer_type);
      stream->mark_ended();
    } else {
      answer = std::unexpected(stream ? sent.error() : stream.error());
    }
  }
  co_await (*session)->finish();
}

template <class Answer>
Result<Answer> ask_server(const std::string& data_directory, FrameType type,
                          const google::protobuf::MessageLite& question, FrameType answer_type) {
  asio::io_context context(1);
  Result<Answer> answer = fail(ErrorCode::kInternal, "the server was not asked");
  net::TaskGroup tasks(context.get_executor());
  tasks.spawn(ask(data_directory + "/" + kSocketName, type, question, answer_type, answer));
  context.run();
  return answer;
}

std::string human_bytes(std::uint64_t bytes) {
  constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < std::size(kUnits); ++unit) value /= 1024;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.1f %s", value, kUnits[unit]);
  return text.data();
}

nlohmann::json to_json(const wire::Status& status) {
  return {{"type", "status"},
          {"software", status.software()},
          {"users", status.users()},
          {"devices", status.devices()},
          {"files", status.files()},
          {"bytes", status.bytes()},
          {"stored_bytes", status.stored_bytes()},
          {"free_bytes", status.free_bytes()},
          {"sessions", status.sessions()},
          {"uploads", status.uploads()},
          {"uptime_seconds", status.uptime_seconds()}};
}

void print_table(const wire::Status& status) {
  std::printf("server    %s, up %llu s\n", status.software().c_str(),
              static_cast<unsigned long long>(status.uptime_seconds()));
  std::printf("users     %llu\n", static_cast<unsigned long long>(status.users()));
  std::printf("devices   %llu\n", static_cast<unsigned long long>(status.devices()));
  std::printf("files     %llu\n", static_cast<unsigned long long>(status.files()));
  std::printf("bytes     %llu (%s)\n", static_cast<unsigned long long>(status.bytes()),
              human_bytes(status.bytes()).c_str());
  std::printf("stored    %llu (%s)\n", static_cast<unsigned long long>(status.stored_bytes()),
              human_bytes(status.stored_bytes()).c_str());
  std::printf("free      %llu (%s)\n", static_cast<unsigned long long>(status.free_bytes()),
              human_bytes(status.free_bytes()).c_str());
  std::printf("sessions  %llu\n", static_cast<unsigned long long>(status.sessions()));
  std::printf("uploads   %llu\n", static_cast<unsigned long long>(status.uploads()));
}

}  // namespace

Result<void> print_invite(const std::string& data_directory, const InviteCommand& command, bool json) {
  wire::CreateInvite question;
  question.set_user(command.user);
  const auto invite = ask_server<wire::Invite>(data_directory, FrameType::kCreateInvite, question, FrameType::kInvite);
  if (!invite) return std::unexpected(invite.error());
  if (json) {
    const nlohmann::json line = {{"type", "invite"}, {"link", invite->link()}};
    std::printf("%s\n", line.dump().c_str());
  } else {
    std::printf("%s\n", invite->link().c_str());
  }
  return {};
}

Result<void> print_status(const std::string& data_directory, bool json) {
  const auto status =
      ask_server<wire::Status>(data_directory, FrameType::kGetStatus, wire::GetStatus(), FrameType::kStatus);
  if (!status) return std::unexpected(status.error());
  if (json) {
    std::printf("%s\n", to_json(*status).dump().c_str());
  } else {
    print_table(*status);
  }
  return {};
}

}  // namespace ndisk::server
