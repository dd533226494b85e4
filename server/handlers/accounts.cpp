#include <spdlog/spdlog.h>

#include "common/shown_name.hpp"
#include "server/handlers/administration.hpp"
#include "server/handlers/done.hpp"
#include "server/handlers/rows.hpp"

namespace ndisk::server {
namespace {

using protocol::FrameType;

constexpr std::size_t kUsersAtOnce = 256;
constexpr std::size_t kDevicesAtOnce = 128;

Result<std::optional<std::uint64_t>> quota_of(bool is_set, std::uint64_t quota) {
  if (!is_set) return std::nullopt;
  if (quota > protocol::kMaxFileBytes) return fail(ErrorCode::kProtocol, "a quota is over 2^63 - 1");
  return quota;
}

wire::UserInfo to_wire(const storage::UserSummary& user) {
  wire::UserInfo message;
  message.set_name(user.name);
  message.set_files(user.files);
  message.set_bytes(user.bytes);
  message.set_stored_bytes(user.stored);
  message.set_staged_bytes(user.staged);
  if (user.quota) message.set_quota(*user.quota);
  message.set_devices(user.devices);
  message.set_created_ns(user.created);
  return message;
}

wire::DeviceInfo to_wire(const storage::DeviceSummary& device, std::uint64_t sessions) {
  wire::DeviceInfo message;
  message.set_device_id(device.id.data(), device.id.size());
  message.set_name(device.name);
  message.set_user(device.user);
  message.set_created_ns(device.created);
  if (device.revoked) message.set_revoked_ns(*device.revoked);
  message.set_sessions(sessions);
  message.set_local(device.local);
  return message;
}

net::Task<Result<void>> send_users(Request& request) {
  RowWriter<wire::UsersPage> writer(request.stream, FrameType::kUsersPage);
  std::string after;
  auto fetch = [&request, &after] { return request.services.drive.accounts().users(after, kUsersAtOnce); };
  while (!request.stream.is_over()) {
    const auto share = co_await request.outgoing.take(protocol::kMaxControlBytes);
    const auto users = co_await net::run_blocking(request.pool, fetch);
    if (!users) co_return std::unexpected(users.error());
    for (const auto& user : *users) {
      auto row = to_wire(user);
      auto sent = co_await writer.add(&wire::UsersPage::mutable_users, std::move(row));
      if (!sent) co_return sent;
    }
    if (users->size() < kUsersAtOnce) break;
    after = users->back().name;
  }
  co_return co_await writer.flush();
}

// Open sessions, without the one that asks.
std::uint64_t sessions_of(const Request& request, const storage::DeviceId& device) {
  const auto open = request.services.sessions.count(device);
  return device == request.actor.device && open > 0 ? open - 1 : open;
}

net::Task<Result<void>> send_devices(Request& request, const std::string& user) {
  RowWriter<wire::DevicesPage> writer(request.stream, FrameType::kDevicesPage);
  std::optional<storage::DeviceId> after;
  auto fetch = [&request, &user, &after] {
    return request.services.drive.accounts().devices(user, after, kDevicesAtOnce);
  };
  while (!request.stream.is_over()) {
    const auto share = co_await request.outgoing.take(protocol::kMaxControlBytes);
    const auto devices = co_await net::run_blocking(request.pool, fetch);
    if (!devices) co_return std::unexpected(devices.error());
    for (const auto& device : *devices) {
      auto row = to_wire(device, sessions_of(request, device.id));
      auto sent = co_await writer.add(&wire::DevicesPage::mutable_devices, std::move(row));
      if (!sent) co_return sent;
    }
    if (devices->size() < kDevicesAtOnce) break;
    after = devices->back().id;
  }
  co_return co_await writer.flush();
}

}  // namespace

net::Task<> handle_create_user(Request request, Stream::Incoming first) {
  if (!check_administrator(request)) co_return;
  const auto message = protocol::parse_message<wire::CreateUser>(first.frame.payload);
  if (!message) co_return request.stream.answer(message.error());
  const auto quota = quota_of(message->has_quota(), message->quota());
  if (!quota) co_return request.stream.answer(quota.error());
  auto create = [&] { return request.services.drive.accounts().create_user(message->name(), *quota); };
  const auto created = co_await net::run_blocking(request.upload_pool, create);
  if (created) spdlog::info("user created name={}", message->name());
  answer_done(request.stream, created);
}

net::Task<> handle_remove_user(Request request, Stream::Incoming first) {
  if (!check_administrator(request)) co_return;
  const auto message = protocol::parse_message<wire::RemoveUser>(first.frame.payload);
  if (!message) co_return request.stream.answer(message.error());
  auto remove = [&] { return request.services.drive.accounts().remove_user(message->name(), message->with_files()); };
  const auto id = co_await net::run_blocking(request.upload_pool, remove);
  if (!id) co_return request.stream.answer(id.error());
  spdlog::info("user removed name={} with_files={}", message->name(), message->with_files());
  const Error reason{ErrorCode::kNotAllowed, "the user \"" + message->name() + "\" was removed from this server",
                     false};
  request.services.sessions.end_sessions_of(*id, reason);
  request.services.collect_soon();
  request.stream.answer(FrameType::kDone, wire::Done());
}

net::Task<> handle_set_quota(Request request, Stream::Incoming first) {
  if (!check_administrator(request)) co_return;
  const auto message = protocol::parse_message<wire::SetQuota>(first.frame.payload);
  if (!message) co_return request.stream.answer(message.error());
  const auto quota = quota_of(message->has_quota(), message->quota());
  if (!quota) co_return request.stream.answer(quota.error());
  auto set = [&] { return request.services.drive.accounts().set_quota(message->name(), *quota); };
  const auto done = co_await net::run_blocking(request.upload_pool, set);
  if (done) spdlog::info("quota set user={} quota={}", message->name(), *quota ? std::to_string(**quota) : "none");
  answer_done(request.stream, done);
}

net::Task<> handle_list_users(Request request, Stream::Incoming first) {
  if (!check_administrator(request)) co_return;
  const auto message = protocol::parse_message<wire::ListUsers>(first.frame.payload);
  if (!message) co_return request.stream.answer(message.error());
  const auto sent = co_await send_users(request);
  end_rows(request.stream, sent);
}

net::Task<> handle_list_devices(Request request, Stream::Incoming first) {
  if (!check_administrator(request)) co_return;
  const auto message = protocol::parse_message<wire::ListDevices>(first.frame.payload);
  if (!message) co_return request.stream.answer(message.error());
  const auto sent = co_await send_devices(request, message->user());
  end_rows(request.stream, sent);
}

net::Task<> handle_revoke_device(Request request, Stream::Incoming first) {
  if (!check_administrator(request)) co_return;
  const auto message = protocol::parse_message<wire::RevokeDevice>(first.frame.payload);
  if (!message) co_return request.stream.answer(message.error());
  const auto device = protocol::device_id_field(message->device_id());
  if (!device) co_return request.stream.answer(device.error());
  auto revoke = [&] { return request.services.drive.accounts().revoke_device(*device); };
  const auto revoked = co_await net::run_blocking(request.upload_pool, revoke);
  if (revoked) {
    spdlog::info("device revoked id={}", to_hex(*device));
    const Error reason{ErrorCode::kNotAllowed, "this device was revoked: ask for an invite to enrol it anew", false};
    request.services.sessions.end_sessions_of(*device, reason);
  }
  answer_done(request.stream, revoked);
}

}  // namespace ndisk::server
