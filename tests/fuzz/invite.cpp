// Invites and addresses: what is taken is written again the same, and no invite is taken that was altered.
#include "common/protocol/invite.hpp"

#include "tests/fuzz/targets.hpp"

namespace ndisk::fuzz {
namespace {

using protocol::HostPort;

void check_address(const HostPort& address) {
  const auto again = protocol::parse_host_port(protocol::format_host_port(address));
  require(again == address, "an address that is written reads as the same");
}

void check_invite(std::string_view link) {
  const auto invite = protocol::parse_invite(link);
  if (!invite) return;
  require(!invite->addresses.empty(), "an invite names an address");
  require(invite->addresses.size() <= protocol::kMaxInviteAddresses, "and no more than are allowed");
  for (const auto& address : invite->addresses) check_address(address);
  const auto again = protocol::parse_invite(protocol::format_invite(*invite));
  require(again && again->addresses == invite->addresses && again->token == invite->token && again->pin == invite->pin,
          "an invite that is written reads as the same");
  const auto secret = link.substr(link.find("/#"));
  require(protocol::format_invite(*invite).ends_with(secret), "an invite has one secret");
}

}  // namespace

void invite(ByteView input) {
  const auto text = as_text(input);
  if (const auto address = protocol::parse_host_port(text)) check_address(*address);
  check_invite(text);
  // The fuzzer can't guess a digest: the input as addresses, in front of a secret that is whole.
  const auto link = protocol::format_invite({.addresses = {{"nas"}}, .token = {7}, .pin = {9}});
  const auto secret = link.substr(link.find("/#"));
  check_invite("ndisk://" + std::string(text) + secret);
  auto altered = link;
  for (std::size_t i = 0; i < input.size() && i < altered.size(); ++i)
    altered[i] = static_cast<char>(altered[i] ^ input[i]);
  if (altered.find("/#") == link.find("/#") && altered.substr(link.find("/#")) != secret) {
    require(!protocol::parse_invite(altered), "a secret that was altered is none");
  }
}

}  // namespace ndisk::fuzz
