#include "server/peer.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "tests/catch.hpp"

namespace ndisk::server {
namespace {

Peer peer_v6(const char* text) {
  sockaddr_storage storage{};
  auto& address = reinterpret_cast<sockaddr_in6&>(storage);
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(7);
  REQUIRE(::inet_pton(AF_INET6, text, &address.sin6_addr) == 1);
  return peer_at(storage);
}

Peer peer_v4(const char* text) {
  sockaddr_storage storage{};
  auto& address = reinterpret_cast<sockaddr_in&>(storage);
  address.sin_family = AF_INET;
  address.sin_port = htons(7);
  REQUIRE(::inet_pton(AF_INET, text, &address.sin_addr) == 1);
  return peer_at(storage);
}

}  // namespace

TEST_CASE("peer: IPv6 addresses with the same first 64 bits are counted as one") {
  const auto one = peer_v6("2001:db8:1:2::1").network;
  CHECK(one == peer_v6("2001:db8:1:2:ffff:ffff:ffff:ffff").network);
  CHECK(one == peer_v6("2001:db8:1:2:8000::").network);
}

TEST_CASE("peer: IPv6 addresses that differ in the first 64 bits are counted apart") {
  const auto one = peer_v6("2001:db8:1:2::1").network;
  CHECK(one != peer_v6("2001:db8:1:3::1").network);
  CHECK(one != peer_v6("a001:db8:1:2::1").network);
}

TEST_CASE("peer: each IPv4 address is counted by itself, mapped into IPv6 or not") {
  const auto one = peer_v4("192.0.2.1").network;
  CHECK(one != peer_v4("192.0.2.2").network);
  CHECK(one == peer_v6("::ffff:192.0.2.1").network);
  CHECK(one != peer_v6("::ffff:192.0.2.2").network);
}

TEST_CASE("peer: loopback is told from other addresses") {
  CHECK(peer_v4("127.9.9.9").is_loopback);
  CHECK(peer_v6("::1").is_loopback);
  CHECK(peer_v6("::ffff:127.0.0.1").is_loopback);
  CHECK_FALSE(peer_v4("128.0.0.1").is_loopback);
  CHECK_FALSE(peer_v6("2001:db8::1").is_loopback);
}

TEST_CASE("peer: an address is shown with its port") {
  CHECK(peer_v4("192.0.2.1").shown == "192.0.2.1:7");
  CHECK(peer_v6("2001:db8::1").shown == "[2001:db8::1]:7");
}

}  // namespace ndisk::server
