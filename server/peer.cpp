#include "server/peer.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "common/protocol/invite.hpp"

namespace ndisk::server {
namespace {

Peer local_peer(int socket) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  Peer peer{.shown = "unix", .is_local = true};
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return peer;
  peer.shown = "unix uid " + std::to_string(credentials.uid);
  peer.is_owner = credentials.uid == 0 || credentials.uid == ::geteuid();
  return peer;
}

// An IPv4 address, as the kernel gives it or mapped into IPv6, counts as itself; of IPv6 the first 64 bits count.
PeerNetwork network_of(const in6_addr& address) {
  PeerNetwork network{};
  std::copy_n(address.s6_addr, IN6_IS_ADDR_V4MAPPED(&address) ? 16 : 8, network.begin());
  return network;
}

PeerNetwork network_of(const in_addr& address) {
  PeerNetwork network{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  std::memcpy(&network[12], &address.s_addr, 4);
  return network;
}

template <class Address>
Peer ip_peer(int family, const Address& address, std::uint16_t port, bool is_loopback) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(family, &address, text.data(), text.size());
  return {.shown = protocol::format_host_port({text.data(), port}),
          .is_loopback = is_loopback,
          .network = network_of(address)};
}

}  // namespace

Peer peer_of(int socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (::getpeername(socket, reinterpret_cast<sockaddr*>(&storage), &size) != 0) {
    return {.shown = "unknown", .network = PeerNetwork{}};
  }
  return storage.ss_family == AF_UNIX ? local_peer(socket) : peer_at(storage);
}

Peer peer_at(const sockaddr_storage& storage) {
  if (storage.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
    return ip_peer(AF_INET, v4.sin_addr, ntohs(v4.sin_port), (ntohl(v4.sin_addr.s_addr) >> 24) == 127);
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
  const bool mapped_loopback = IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr) && v6.sin6_addr.s6_addr[12] == 127;
  return ip_peer(AF_INET6, v6.sin6_addr, ntohs(v6.sin6_port), IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr) || mapped_loopback);
}

}  // namespace ndisk::server
