#include "common/protocol/invite.hpp"

#include "tests/catch.hpp"

namespace ndisk::protocol {
namespace {

InviteLink example() {
  InviteLink invite;
  invite.addresses = {{"nas.local", 7420}, {"192.168.1.5", 80}, {"2001:db8::1", 65535}};
  for (std::size_t i = 0; i < invite.token.size(); ++i) invite.token[i] = static_cast<std::uint8_t>(i);
  for (std::size_t i = 0; i < invite.pin.size(); ++i) invite.pin[i] = static_cast<std::uint8_t>(0xFF - i);
  return invite;
}

std::string link_with(const std::string& addresses) {
  const auto link = format_invite(example());
  return "ndisk://" + addresses + link.substr(link.find("/#"));
}

void check_refused(const std::string& link) {
  CAPTURE(link);
  const auto invite = parse_invite(link);
  REQUIRE_FALSE(invite);
  CHECK(invite.error().code == ErrorCode::kInvalid);
}

TEST_CASE("invite: addresses, token and pin come back") {
  const auto invite = parse_invite(format_invite(example()));
  REQUIRE(invite);
  CHECK(invite->addresses == example().addresses);
  CHECK(invite->token == example().token);
  CHECK(invite->pin == example().pin);
}

TEST_CASE("invite: a link is written in the form that is documented") {
  CHECK(format_invite(example()) ==
        "ndisk://nas.local:7420,192.168.1.5:80,[2001:db8::1]:65535/#"
        "AQABAgMEBQYHCAkKCwwNDg___v38-_r5-Pf29fTz8vHw7-7t7Ovq6ejn5uXk4-Lh4I47Okg");
}

TEST_CASE("invite: a port that is not named is 7420") {
  const auto invite = parse_invite(link_with("nas,[::1]"));
  REQUIRE(invite);
  CHECK(invite->addresses == std::vector<HostPort>{{"nas", 7420}, {"::1", 7420}});
}

TEST_CASE("invite: every altered character of the secret is noticed") {
  const auto link = format_invite(example());
  for (std::size_t place = link.find("/#") + 2; place < link.size(); ++place) {
    for (char other : {'A', 'z', '-', '=', ' '}) {
      if (link[place] == other) continue;
      auto altered = link;
      altered[place] = other;
      check_refused(altered);
    }
  }
}

TEST_CASE("invite: a link cut at any place is refused") {
  const auto link = format_invite(example());
  for (std::size_t size = 0; size < link.size(); ++size) check_refused(link.substr(0, size));
}

TEST_CASE("invite: more than the link is refused") {
  const auto link = format_invite(example());
  for (const char* more : {"A", "AAAA", " ", "\n", "/"}) check_refused(link + more);
  check_refused(" " + link);
}

TEST_CASE("invite: another scheme is refused") {
  check_refused("https://nas/#" + format_invite(example()));
  check_refused("NDISK" + format_invite(example()).substr(5));
}

TEST_CASE("invite: a refusal says what to do") {
  const auto link = format_invite(example());
  const auto invite = parse_invite(link.substr(0, link.size() - 1));
  REQUIRE_FALSE(invite);
  CHECK_THAT(invite.error().message, Catch::Contains("not whole") && Catch::Contains("copy it again"));
}

TEST_CASE("invite: a whole link of a kind that is not known yet asks for an update") {
  Bytes secret(1 + kTokenBytes + 32);
  secret[0] = 2;
  const auto check = sha256(secret);
  secret.insert(secret.end(), check.begin(), check.begin() + 4);
  const auto invite = parse_invite("ndisk://nas/#" + to_base64url(secret));
  REQUIRE_FALSE(invite);
  CHECK_THAT(invite.error().message, Catch::Contains("newer"));
}

TEST_CASE("invite: names one address at least and sixteen at most") {
  std::string addresses = "h1";
  check_refused(link_with(""));
  check_refused(link_with(",h1"));
  check_refused(link_with("h1,"));
  while (parse_invite(link_with(addresses)).value().addresses.size() < kMaxInviteAddresses) addresses += ",h";
  check_refused(link_with(addresses + ",h"));
}

TEST_CASE("host and port: reads every form that is documented") {
  const std::pair<const char*, HostPort> forms[] = {{"nas", {"nas", 7420}},
                                                    {"nas.home.arpa:1", {"nas.home.arpa", 1}},
                                                    {"10.0.0.7:65535", {"10.0.0.7", 65535}},
                                                    {"[::]:0", {"::", 0}},
                                                    {"[fe80::1%eth0]", {"fe80::1%eth0", 7420}}};
  for (const auto& [text, expected] : forms) {
    CAPTURE(text);
    CHECK(parse_host_port(text).value() == expected);
  }
}

TEST_CASE("host and port: writes what it reads, with the port") {
  for (const char* text : {"nas:7420", "10.0.0.7:80", "[::1]:7420"}) {
    CHECK(format_host_port(parse_host_port(text).value()) == text);
  }
}

TEST_CASE("host and port: refuses what can't be an address") {
  for (const char* text : {"", ":", ":80", "nas:", "nas:65536", "nas:-1", "nas:+1", "nas:8 0", "nas:80x", "::1", "[::1",
                           "[::1]80", "[::1]:", "[nas]", "[]", "n as", "nas/", "user@nas", "nas,b"}) {
    CAPTURE(text);
    const auto address = parse_host_port(text);
    REQUIRE_FALSE(address);
    CHECK(address.error().code == ErrorCode::kInvalid);
  }
}

TEST_CASE("host and port: a host has at most 253 bytes") {
  CHECK(parse_host_port(std::string(253, 'h')));
  CHECK_FALSE(parse_host_port(std::string(254, 'h')));
}

}  // namespace
}  // namespace ndisk::protocol
