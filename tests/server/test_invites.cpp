#include "server/invites.hpp"

#include "tests/catch.hpp"

namespace ndisk::server {

TEST_CASE("reachable addresses: a listener on one address is reached there") {
  const std::vector<protocol::HostPort> listening{{"127.0.0.1", 7420}, {"::1", 7421}};
  CHECK(reachable_addresses(listening) == listening);
}

TEST_CASE("reachable addresses: the same address is named once") {
  CHECK(reachable_addresses({{"192.0.2.1", 1}, {"192.0.2.1", 1}}).size() == 1);
}

TEST_CASE("reachable addresses: a wildcard is never named itself, and at least one address is") {
  const auto addresses = reachable_addresses({{"0.0.0.0", 7420}, {"::", 7420}});
  REQUIRE_FALSE(addresses.empty());
  for (const auto& address : addresses) {
    CHECK(address.host != "0.0.0.0");
    CHECK(address.host != "::");
    CHECK(address.port == 7420);
  }
}

}  // namespace ndisk::server
