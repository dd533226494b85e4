#include "client/target.hpp"

#include <cstdlib>

#include "client/server_address.hpp"

namespace ndisk::client {
namespace {

std::string setting(const std::string& flag, const char* variable) {
  if (!flag.empty()) return flag;
  const char* value = std::getenv(variable);
  return value == nullptr ? std::string() : std::string(value);
}

std::string shown_addresses(const std::vector<protocol::HostPort>& addresses) {
  std::string text;
  for (const auto& address : addresses) text += (text.empty() ? "" : ", ") + protocol::format_host_port(address);
  return text;
}

Result<Target> enrolled_target(const ProfileStore& store, const std::optional<TlsServer>& chosen) {
  auto profile = store.load();
  if (!profile) return std::unexpected(profile.error());
  const auto seed = store.load_key();
  if (!seed) return std::unexpected(seed.error());
  auto addresses = chosen ? std::vector{chosen->address} : std::move(profile->addresses);
  auto shown = shown_addresses(addresses);
  return Target{net::TlsAddress{std::move(addresses), profile->pin}, net::DeviceCredentials{*seed}, std::move(shown)};
}

}  // namespace

Result<ProfileStore> open_profile(const GlobalOptions& options) {
  auto folder = profile_folder();
  if (!folder) return std::unexpected(folder.error());
  auto name = setting(options.profile, "NDISK_PROFILE");
  return ProfileStore::open(std::move(*folder), name.empty() ? "default" : std::move(name));
}

Result<Target> resolve_target(const GlobalOptions& options) {
  const auto server = setting(options.server, "NDISK_SERVER");
  std::optional<TlsServer> tls;
  std::optional<PlainServer> plain;
  if (!server.empty()) {
    const auto choice = parse_server(server);
    if (!choice) return std::unexpected(choice.error());
    if (const auto* local = std::get_if<UnixServer>(&*choice)) {
      return Target{net::UnixAddress{local->path}, net::LocalCredentials{}, server};
    }
    if (const auto* chosen = std::get_if<TlsServer>(&*choice)) tls = *chosen;
    if (const auto* chosen = std::get_if<PlainServer>(&*choice)) plain = *chosen;
  }
  const auto store = open_profile(options);
  if (!store) return std::unexpected(store.error());
  if (!plain) return enrolled_target(*store, tls);
  const auto profile = store->load();
  if (!profile) return std::unexpected(profile.error());
  const auto seed = store->load_key();
  if (!seed) return std::unexpected(seed.error());
  return Target{net::PlainAddress{plain->address}, net::DeviceCredentials{*seed}, server};
}

Result<std::optional<Digest>> server_pin(const GlobalOptions& options, const Target& target) {
  if (std::holds_alternative<net::UnixAddress>(target.server)) return std::nullopt;
  if (const auto* tls = std::get_if<net::TlsAddress>(&target.server)) return tls->pin;
  const auto store = open_profile(options);
  if (!store) return std::unexpected(store.error());
  const auto profile = store->load();
  if (!profile) return std::unexpected(profile.error());
  return profile->pin;
}

}  // namespace ndisk::client
