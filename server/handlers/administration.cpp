#include "server/handlers/administration.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "server/invites.hpp"

namespace ndisk::server {
namespace {

TimeNs lifetime_of(const wire::CreateInvite& message) {
  if (!message.has_lifetime_seconds()) return storage::kInviteLifetime;
  constexpr std::uint64_t kMost = storage::kLongestInvite / kSecondNs + 1;  // which is refused
  return static_cast<TimeNs>(std::min(message.lifetime_seconds(), kMost)) * kSecondNs;
}

}  // namespace

using protocol::FrameType;

bool check_administrator(const Request& request) {
  if (request.is_administrator) return true;
  request.stream.answer({ErrorCode::kNotAllowed, "administration goes through the server's Unix socket only", false});
  return false;
}

net::Task<> handle_create_invite(Request request, Stream::Incoming first) {
  if (!check_administrator(request)) co_return;
  const auto message = protocol::parse_message<wire::CreateInvite>(first.frame.payload);
  if (!message) co_return request.stream.answer(message.error());
  const std::string user = message->user().empty() ? storage::kOwnerName : message->user();
  const auto lifetime = lifetime_of(*message);
  auto create = [&request, &user, lifetime] { return create_invite(request.services, user, lifetime); };
  const auto link = co_await net::run_blocking(request.upload_pool, create);
  if (!link) co_return request.stream.answer(link.error());
  spdlog::info("invite made user={}", user);
  wire::Invite invite;
  invite.set_link(*link);
  request.stream.answer(FrameType::kInvite, invite);
}

net::Task<> handle_get_status(Request request, Stream::Incoming first) {
  if (!check_administrator(request)) co_return;
  const auto message = protocol::parse_message<wire::GetStatus>(first.frame.payload);
  if (!message) co_return request.stream.answer(message.error());
  auto fetch = [&request] { return request.services.drive.status(); };
  const auto storage = co_await net::run_blocking(request.pool, fetch);
  if (!storage) co_return request.stream.answer(storage.error());
  const auto uptime = std::chrono::steady_clock::now() - request.services.started;
  wire::Status status;
  status.set_software(std::string("ndiskd ") + NDISK_VERSION);
  status.set_users(storage->users);
  status.set_devices(storage->devices);
  status.set_files(storage->files);
  status.set_bytes(storage->bytes);
  status.set_stored_bytes(storage->stored_bytes);
  status.set_free_bytes(storage->free_bytes);
  status.set_sessions(request.services.sessions.size() - 1);  // not counting who asks
  status.set_uploads(storage->uploads);
  status.set_uptime_seconds(
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(uptime).count()));
  status.set_damaged_objects(storage->damaged_objects);
  status.set_damaged_versions(storage->damaged_versions);
  status.set_scrub_read_bytes(storage->scrub_read_bytes);
  status.set_scrub_total_bytes(storage->scrub_total_bytes);
  if (storage->scrub_started) status.set_scrub_started_ns(*storage->scrub_started);
  if (storage->scrub_ended) status.set_scrub_ended_ns(*storage->scrub_ended);
  request.stream.answer(FrameType::kStatus, status);
}

}  // namespace ndisk::server
