#include <unistd.h>

#include <array>
#include <iostream>

#include "client/commands/commands.hpp"
#include "common/protocol/invite.hpp"

namespace ndisk::client {
namespace {

Result<protocol::InviteLink> read_invite(const std::string& operand) {
  std::string link = operand;
  if (operand == "-") std::getline(std::cin, link);
  const auto first = link.find_first_not_of(" \t\r\n");
  const auto last = link.find_last_not_of(" \t\r\n");
  if (first == link.npos) return fail(ErrorCode::kInvalid, "the invite is empty; get one with: ndiskd invite");
  return protocol::parse_invite(std::string_view(link).substr(first, last - first + 1));
}

std::string device_name() {
  std::array<char, protocol::kMaxDeviceNameBytes + 1> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "unnamed";
  return name.data();
}

// The key of a profile is nowhere else: it is not replaced while it may be good for anything, and the invite not used.
net::Task<Result<void>> check_free(const ProfileStore& store, const protocol::InviteLink& invite) {
  const auto standing = store.load();
  if (!standing) co_return Result<void>();  // none, or one that a login mends
  const std::string others = "; --profile NAME keeps several beside each other, and to give this one up remove " +
                             store.profile_path().native() + " and " + store.key_path().native();
  const auto owner = "user \"" + standing->user + "\" at " + protocol::format_host_port(standing->addresses.front());
  if (standing->pin != invite.pin) {
    co_return fail(ErrorCode::kConflict, "profile '" + store.name() + "' is of another drive, of " + owner + others);
  }
  const auto seed = store.load_key();
  if (!seed) co_return Result<void>();
  net::TlsAddress address{invite.addresses, invite.pin};
  net::DeviceCredentials credentials{*seed};
  auto session = co_await net::ClientSession::open(std::move(address), std::move(credentials));
  if (!session && session.error().code == ErrorCode::kNotAllowed) co_return Result<void>();  // revoked
  if (!session) co_return std::unexpected(session.error());
  const auto device = to_hex(as_bytes((*session)->welcome().device_id()));
  co_await (*session)->finish();
  co_return fail(ErrorCode::kConflict, "profile '" + store.name() + "' is enrolled there already, as device " + device +
                                           " of " + owner + ": the invite was not used" + others +
                                           ", and have the device revoked");
}

struct Enrolled {
  wire::Welcome welcome;
  std::string address;  // at which the server answered
};

net::Task<Result<Enrolled>> enrol(const ProfileStore& store, const protocol::InviteLink& invite, std::string device) {
  const auto seed = store.pending_key();
  if (!seed) co_return std::unexpected(seed.error());
  net::TlsAddress address{invite.addresses, invite.pin};
  net::EnrolCredentials credentials{*seed, invite.token, std::move(device)};
  auto session = co_await net::ClientSession::open(std::move(address), std::move(credentials));
  if (!session) {
    if (session.error().code == ErrorCode::kNotAllowed) store.discard_pending();
    co_return std::unexpected(session.error());
  }
  const Enrolled enrolled{(*session)->welcome(), protocol::format_host_port((*session)->address())};
  co_await (*session)->finish();
  const auto kept = store.enrolled({invite.addresses, invite.pin, enrolled.welcome.user()});
  if (!kept) co_return std::unexpected(kept.error());
  co_return enrolled;
}

}  // namespace

net::Task<> login(const GlobalOptions& global, const LoginOptions& options, Output& output, Tally& tally) {
  const auto invite = read_invite(options.invite);
  if (!invite) co_return tally.gave_up(invite.error());
  const auto store = open_profile(global);
  if (!store) co_return tally.gave_up(store.error());
  const auto free = co_await check_free(*store, *invite);
  if (!free) co_return tally.gave_up(free.error());
  const auto device = device_name();
  const auto enrolled = co_await enrol(*store, *invite, device);
  if (!enrolled) co_return tally.gave_up(enrolled.error());
  tally.done();
  const auto& [welcome, address] = *enrolled;
  output.note("enrolled as device \"" + device + "\" of user \"" + welcome.user() + "\" at " + address);
  if (!output.json()) co_return;
  output.add_object({{"type", std::string("login")},
                     {"user", welcome.user()},
                     {"device", device},
                     {"device_id", to_hex(as_bytes(welcome.device_id()))},
                     {"address", address},
                     {"profile", store->name()}});
}

}  // namespace ndisk::client
