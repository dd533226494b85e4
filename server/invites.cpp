#include "server/invites.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <memory>

namespace ndisk::server {
namespace {

// Text of an address that others could reach; empty for loopback, link-local and what is not IP.
std::string reachable_text(const sockaddr* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address == nullptr) return {};
  if (address->sa_family == AF_INET) {
    const auto& v4 = *reinterpret_cast<const sockaddr_in*>(address);
    const auto first = ntohl(v4.sin_addr.s_addr) >> 24;
    if (first != 127) ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
  } else if (address->sa_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
    if (!IN6_IS_ADDR_LOOPBACK(&v6) && !IN6_IS_ADDR_LINKLOCAL(&v6)) {
      ::inet_ntop(AF_INET6, &v6, text.data(), text.size());
    }
  }
  return text.data();
}

std::vector<std::string> own_addresses(bool v6) {
  std::vector<std::string> found;
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return found;
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(first, ::freeifaddrs);
  for (const auto* entry = first; entry != nullptr; entry = entry->ifa_next) {
    if ((entry->ifa_flags & IFF_UP) == 0) continue;
    auto text = reachable_text(entry->ifa_addr);
    const bool is_v6 = text.find(':') != text.npos;
    if (!text.empty() && is_v6 == v6) found.push_back(std::move(text));
  }
  return found;
}

void add(std::vector<protocol::HostPort>& addresses, protocol::HostPort address) {
  if (addresses.size() < protocol::kMaxInviteAddresses && std::ranges::find(addresses, address) == addresses.end()) {
    addresses.push_back(std::move(address));
  }
}

}  // namespace

std::vector<protocol::HostPort> reachable_addresses(const std::vector<protocol::HostPort>& listening) {
  std::vector<protocol::HostPort> addresses;
  for (const auto& listener : listening) {
    const bool any_v4 = listener.host == "0.0.0.0", any_v6 = listener.host == "::";
    if (!any_v4 && !any_v6) {
      add(addresses, listener);
      continue;
    }
    for (auto& own : own_addresses(any_v6)) add(addresses, {std::move(own), listener.port});
  }
  if (addresses.empty() && !listening.empty()) add(addresses, {"127.0.0.1", listening.front().port});
  return addresses;
}

Result<std::string> create_invite(Services& services, const std::string& user, TimeNs lifetime) {
  const auto token = services.drive.accounts().create_invite(user, lifetime);
  if (!token) return std::unexpected(token.error());
  return protocol::format_invite({.addresses = services.advertised, .token = *token, .pin = services.pin});
}

}  // namespace ndisk::server
