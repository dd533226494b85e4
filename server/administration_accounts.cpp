// `ndiskd user …` and `ndiskd device …`.
#include <array>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

#include "common/shown_name.hpp"
#include "server/administration.hpp"
#include "server/ask_server.hpp"
#include "server/byte_size.hpp"
#include "server/text_table.hpp"

namespace ndisk::server {
namespace {

using protocol::FrameType;
using Json = nlohmann::ordered_json;

// As `user list` and `device list` show it: UTC, to the second.
std::string shown_time(TimeNs time) {
  const std::time_t seconds = time / kSecondNs;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text.data();
}

void print(const Json& object) {
  std::printf("%s\n", object.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
}

// What was done and gives no other result: people need not be told.
void print_done(bool json, const char* action, const std::string& user) {
  if (json) print({{"type", "done"}, {"action", action}, {"user", user}});
}

Json to_json(const wire::UserInfo& user) {
  Json object = {{"type", "user"},
                 {"name", user.name()},
                 {"files", user.files()},
                 {"bytes", user.bytes()},
                 {"stored_bytes", user.stored_bytes()},
                 {"staged_bytes", user.staged_bytes()},
                 {"quota", nullptr},
                 {"devices", user.devices()},
                 {"created", user.created_ns()}};
  if (user.has_quota()) object["quota"] = user.quota();
  return object;
}

Json to_json(const wire::DeviceInfo& device) {
  Json object = {{"type", "device"},
                 {"id", to_hex(as_bytes(device.device_id()))},
                 {"name", device.name()},
                 {"user", device.user()},
                 {"created", device.created_ns()},
                 {"revoked", nullptr},
                 {"sessions", device.sessions()},
                 {"local", device.local()}};
  if (device.has_revoked_ns()) object["revoked"] = device.revoked_ns();
  return object;
}

std::string shown_state(const wire::DeviceInfo& device) {
  if (device.has_revoked_ns()) return "revoked " + shown_time(device.revoked_ns());
  const auto sessions = std::to_string(device.sessions()) + (device.sessions() == 1 ? " session" : " sessions");
  return device.local() ? "this machine, " + sessions : sessions;
}

std::string shown_device(const wire::DeviceInfo& device) {
  return to_hex(as_bytes(device.device_id())) + " (" + shown_name(device.name()) + " of " + device.user() + ")";
}

Result<void> print_text(const TextTable& table) {
  std::fputs(table.text().c_str(), stdout);
  return {};
}

// The one device whose id begins with these digits.
Result<wire::DeviceInfo> find_device(const std::string& data_directory, const std::string& prefix) {
  std::vector<wire::DeviceInfo> found;
  const auto asked = ask_server_for_pages<wire::DevicesPage>(
      data_directory, FrameType::kListDevices, wire::ListDevices(), [&](const wire::DevicesPage& page) {
        for (const auto& device : page.devices()) {
          if (to_hex(as_bytes(device.device_id())).starts_with(prefix)) found.push_back(device);
        }
      });
  if (!asked) return std::unexpected(asked.error());
  if (found.empty()) {
    return fail(ErrorCode::kNotFound, "no device has an id that begins with " + prefix + "; see: ndiskd device list");
  }
  if (found.size() == 1) return found.front();
  std::string names;
  for (const auto& device : found) names += "\n  " + shown_device(device);
  return fail(ErrorCode::kInvalid, "several devices have an id that begins with " + prefix + ":" + names);
}

}  // namespace

Result<void> run(const std::string& data_directory, const AddUserCommand& command, bool json) {
  wire::CreateUser question;
  question.set_name(command.name);
  if (command.quota) question.set_quota(*command.quota);
  const auto done = ask_server<wire::Done>(data_directory, FrameType::kCreateUser, question);
  if (!done) return std::unexpected(done.error());
  print_done(json, "user_add", command.name);
  return {};
}

Result<void> run(const std::string& data_directory, const ListUsersCommand&, bool json) {
  TextTable table({"NAME", ">FILES", ">BYTES", ">STORED", ">QUOTA", ">DEVICES", "CREATED"});
  const auto asked = ask_server_for_pages<wire::UsersPage>(
      data_directory, FrameType::kListUsers, wire::ListUsers(), [&](const wire::UsersPage& page) {
        for (const auto& user : page.users()) {
          if (json) {
            print(to_json(user));
            continue;
          }
          table.add({user.name(), std::to_string(user.files()), human_bytes(user.bytes()),
                     human_bytes(user.stored_bytes() + user.staged_bytes()),
                     user.has_quota() ? human_bytes(user.quota()) : "none", std::to_string(user.devices()),
                     shown_time(user.created_ns())});
        }
      });
  if (!asked) return asked;
  return print_text(table);
}

Result<void> run(const std::string& data_directory, const RemoveUserCommand& command, bool json) {
  wire::RemoveUser question;
  question.set_name(command.name);
  question.set_with_files(command.with_files);
  const auto done = ask_server<wire::Done>(data_directory, FrameType::kRemoveUser, question);
  if (!done) return std::unexpected(done.error());
  print_done(json, "user_remove", command.name);
  return {};
}

Result<void> run(const std::string& data_directory, const SetQuotaCommand& command, bool json) {
  wire::SetQuota question;
  question.set_name(command.name);
  if (command.quota) question.set_quota(*command.quota);
  const auto done = ask_server<wire::Done>(data_directory, FrameType::kSetQuota, question);
  if (!done) return std::unexpected(done.error());
  print_done(json, "user_quota", command.name);
  return {};
}

Result<void> run(const std::string& data_directory, const ListDevicesCommand& command, bool json) {
  TextTable table({"ID", "USER", "NAME", "CREATED", "STATE"});
  wire::ListDevices question;
  question.set_user(command.user);
  const auto asked = ask_server_for_pages<wire::DevicesPage>(
      data_directory, FrameType::kListDevices, question, [&](const wire::DevicesPage& page) {
        for (const auto& device : page.devices()) {
          if (json) {
            print(to_json(device));
            continue;
          }
          table.add({to_hex(as_bytes(device.device_id())), device.user(), shown_name(device.name()),
                     shown_time(device.created_ns()), shown_state(device)});
        }
      });
  if (!asked) return asked;
  return print_text(table);
}

Result<void> run(const std::string& data_directory, const RevokeDeviceCommand& command, bool json) {
  const auto device = find_device(data_directory, command.id_prefix);
  if (!device) return std::unexpected(device.error());
  wire::RevokeDevice question;
  question.set_device_id(device->device_id());
  const auto done = ask_server<wire::Done>(data_directory, FrameType::kRevokeDevice, question);
  if (!done) return std::unexpected(done.error());
  if (json) {
    print({{"type", "done"},
           {"action", "device_revoke"},
           {"user", device->user()},
           {"id", to_hex(as_bytes(device->device_id()))},
           {"name", device->name()}});
  } else {
    std::printf("revoked %s\n", shown_device(*device).c_str());
  }
  return {};
}

}  // namespace ndisk::server
