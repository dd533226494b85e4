#include "client/server_address.hpp"
#include "tests/catch.hpp"

namespace ndisk::client {
namespace {

template <class Server>
Server parsed(std::string_view text) {
  const auto choice = parse_server(text);
  REQUIRE(choice);
  REQUIRE(std::holds_alternative<Server>(*choice));
  return std::get<Server>(*choice);
}

TEST_CASE("server address: a host alone has the default port") {
  CHECK(parsed<TlsServer>("nas.local").address == protocol::HostPort{"nas.local", protocol::kDefaultPort});
}

TEST_CASE("server address: a host may have a port") {
  CHECK(parsed<TlsServer>("nas.local:1234").address == protocol::HostPort{"nas.local", 1234});
}

TEST_CASE("server address: an IPv6 address stands in brackets") {
  CHECK(parsed<TlsServer>("[::1]:99").address == protocol::HostPort{"::1", 99});
}

TEST_CASE("server address: unix names a socket") { CHECK(parsed<UnixServer>("unix:/a b/c").path == "/a b/c"); }

TEST_CASE("server address: plain names host and port") {
  CHECK(parsed<PlainServer>("plain:127.0.0.1:80").address == protocol::HostPort{"127.0.0.1", 80});
  CHECK(parsed<PlainServer>("plain:[::1]:80").address == protocol::HostPort{"::1", 80});
}

TEST_CASE("server address: plaintext never goes to a port that was not named") {
  CHECK(!parse_server("plain:127.0.0.1"));
  CHECK(!parse_server("plain:[::1]"));
}

TEST_CASE("server address: an invite is none, and is not shown") {
  const auto* text = GENERATE("ndisk://nas.local/#c2VjcmV0", "plain:ndisk://nas.local:7420/#c2VjcmV0");
  const auto choice = parse_server(text);
  REQUIRE(!choice);
  CHECK_THAT(choice.error().message, Catch::Contains("ndisk login") && !Catch::Contains("c2VjcmV0"));
}

TEST_CASE("server address: nothing behind a '#' is shown, which no server has") {
  const auto* text = GENERATE("nas.local/#c2VjcmV0", "nas:7420#c2VjcmV0", "plain:nas/#c2VjcmV0", "plain:nas:1#c2VjcmV0",
                              "[::1]:#c2VjcmV0", "[x#c2VjcmV0]", "::1#c2VjcmV0");
  CAPTURE(text);
  const auto choice = parse_server(text);
  REQUIRE(!choice);
  CHECK_THAT(choice.error().message, Catch::Contains("#(secret)") || !Catch::Contains("#"));
  CHECK_THAT(choice.error().message, !Catch::Contains("c2VjcmV0"));
}

TEST_CASE("server address: the path of a socket may have a '#'") {
  CHECK(parsed<UnixServer>("unix:/#1/socket").path == "/#1/socket");
}

TEST_CASE("server address: what can't be is invalid") {
  const auto* text = GENERATE("", "unix:", "plain:", "host:", "host:port", "host:70000", "[::1");
  CAPTURE(text);
  const auto choice = parse_server(text);
  REQUIRE(!choice);
  CHECK(choice.error().code == ErrorCode::kInvalid);
}

}  // namespace
}  // namespace ndisk::client
