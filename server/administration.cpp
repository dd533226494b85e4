#include "server/administration.hpp"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "server/ask_server.hpp"
#include "server/byte_size.hpp"

namespace ndisk::server {
namespace {

using protocol::FrameType;

nlohmann::json scrub_json(const wire::Status& status) {
  nlohmann::json scrub = {{"read_bytes", status.scrub_read_bytes()}, {"total_bytes", status.scrub_total_bytes()}};
  scrub["started"] = status.has_scrub_started_ns() ? nlohmann::json(status.scrub_started_ns()) : nlohmann::json();
  scrub["ended"] = status.has_scrub_ended_ns() ? nlohmann::json(status.scrub_ended_ns()) : nlohmann::json();
  return scrub;
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
          {"uptime_seconds", status.uptime_seconds()},
          {"damaged_objects", status.damaged_objects()},
          {"damaged_versions", status.damaged_versions()},
          {"scrub", scrub_json(status)}};
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
  if (status.damaged_objects() > 0) {
    std::printf("damaged   %llu objects, %llu versions: ndiskd fsck names them\n",
                static_cast<unsigned long long>(status.damaged_objects()),
                static_cast<unsigned long long>(status.damaged_versions()));
  }
  if (status.has_scrub_started_ns()) {
    std::printf("scrub     %s of %s read\n", human_bytes(status.scrub_read_bytes()).c_str(),
                human_bytes(status.scrub_total_bytes()).c_str());
  }
}

}  // namespace

Result<void> run(const std::string& data_directory, const InviteCommand& command, bool json) {
  wire::CreateInvite question;
  question.set_user(command.user);
  if (command.lifetime) question.set_lifetime_seconds(static_cast<std::uint64_t>(*command.lifetime / kSecondNs));
  const auto invite = ask_server<wire::Invite>(data_directory, FrameType::kCreateInvite, question);
  if (!invite) return std::unexpected(invite.error());
  if (json) {
    const nlohmann::json line = {{"type", "invite"}, {"link", invite->link()}};
    std::printf("%s\n", line.dump().c_str());
  } else {
    std::printf("%s\n", invite->link().c_str());
  }
  return {};
}

Result<void> run(const std::string& data_directory, const StatusCommand&, bool json) {
  const auto status = ask_server<wire::Status>(data_directory, FrameType::kGetStatus, wire::GetStatus());
  if (!status) return std::unexpected(status.error());
  if (json) {
    std::printf("%s\n", to_json(*status).dump().c_str());
  } else {
    print_table(*status);
  }
  return {};
}

}  // namespace ndisk::server
