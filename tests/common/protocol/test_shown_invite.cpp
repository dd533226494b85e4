#include "common/protocol/shown_invite.hpp"

#include "common/protocol/invite.hpp"
#include "tests/catch.hpp"

namespace ndisk::protocol {
namespace {

InviteLink example() {
  InviteLink invite;
  invite.addresses = {{"nas.local", 7420}, {"2001:db8::1", 65535}};
  for (std::size_t i = 0; i < invite.token.size(); ++i) invite.token[i] = static_cast<std::uint8_t>(0xE0 + i);
  for (std::size_t i = 0; i < invite.pin.size(); ++i) invite.pin[i] = static_cast<std::uint8_t>(0xFF - i);
  return invite;
}

std::string secret() {
  const auto link = format_invite(example());
  return link.substr(link.find('#') + 1);
}

// With another character in the middle of the secret.
std::string altered() {
  auto text = secret();
  text[40] = text[40] == 'x' ? 'y' : 'x';
  return text;
}

bool shows_part(const std::string& shown) { return shown.find(secret().substr(0, 12)) != std::string::npos; }

TEST_CASE("shown invite: a link shows nothing behind its scheme and a '#', whole or not") {
  const auto link = format_invite(example());
  CHECK(without_secrets("'" + link + "' is no option; see that") ==
        "'ndisk://nas.local:7420,[2001:db8::1]:65535/#(secret)' is no option; see that");
  for (std::size_t size = link.find('#'); size <= link.size(); ++size) {
    CHECK_FALSE(shows_part(without_secrets(link.substr(0, size))));
  }
  CHECK(without_secrets("a=ndisk:/nas/#" + secret().substr(0, 30) + " b") == "a=ndisk:/nas/#(secret) b");
  CHECK(without_secrets("ndisk://a/#b ndisk://c/#d") == "ndisk://a/#(secret) ndisk://c/#(secret)");
}

TEST_CASE("shown invite: a secret without the scheme is left out, also an altered one") {
  const auto text = GENERATE(as<std::string>{}, secret(), altered());
  CHECK(without_secrets("host/#" + text) == "host/#(secret)");
  CHECK(without_secrets("/a#" + text + "/#: no such file") == "/a#(secret)/#: no such file");
}

TEST_CASE("shown invite: a whole secret alone is left out") {
  CHECK(without_secrets("nas:" + secret() + ": none") == "nas:(secret): none");
  CHECK(without_secrets("--profile" + secret() + "more") == "--profile(secret)more");
  CHECK(without_secrets("nas%2F%23" + secret()) == "nas%2F%23(secret)");
}

TEST_CASE("shown invite: names of files with a '#' stay as they are") {
  const std::string name = GENERATE(
      "", "#", "C#/a.txt", "#1.mp3", "/#playlist-of-all-the-songs-that-we-had-at-the-wedding-of-anna-and-ben-in-2024",
      "notes/#A", "a#b#c", "ndisk:// and nothing", "my ndisk", "mnt/ndisk:/photos/a.jpg", "#A" + std::string(127, '0'),
      "#" + std::string(64, '0'), "#" + std::string(70, 'A'), std::string(300, 'A'));
  CHECK(without_secrets(name) == name);
  CHECK_FALSE(has_invite(name == "ndisk:// and nothing" ? "" : name));
}

TEST_CASE("shown invite: there is one where the scheme is, or a whole secret") {
  CHECK(has_invite("--name=" + format_invite(example())));
  CHECK(has_invite("ndisk://nas"));
  CHECK(has_invite("host/#" + secret()));
  CHECK(has_invite("a/" + secret() + "/b"));
  CHECK(has_invite("host/#" + altered()));
  CHECK(has_invite("-o" + secret() + "A"));
  CHECK_FALSE(has_invite("ndisk:/photos"));
  CHECK_FALSE(has_invite("host/" + altered()));
}

TEST_CASE("shown invite: of a word that has no '#' by rights nothing behind one is shown") {
  CHECK(shown_word("nas:7420/#c2VjcmV0") == "nas:7420/#(secret)");
  CHECK(shown_word("a#b#c") == "a#(secret)");
  CHECK(shown_word("nas:" + secret()) == "nas:(secret)");
  CHECK(shown_word("nas:7420") == "nas:7420");
}

TEST_CASE("shown invite: what is wrong with an address or a link does not repeat what is behind a '#'") {
  for (const auto& text : {"nas/#" + altered(), "[" + secret() + "]", "nas:80#" + altered(), ":::#" + altered()}) {
    CAPTURE(text);
    const auto address = parse_host_port(text);
    REQUIRE_FALSE(address);
    CHECK_FALSE(shows_part(address.error().message));
  }
  for (const auto& text : {"ndisk:///xx#" + secret() + "/#", "ndisk://nas:" + altered() + "/#", secret()}) {
    CAPTURE(text);
    const auto invite = parse_invite(text);
    REQUIRE_FALSE(invite);
    CHECK_FALSE(shows_part(invite.error().message));
  }
}

}  // namespace
}  // namespace ndisk::protocol
