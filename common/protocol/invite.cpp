#include "common/protocol/invite.hpp"

#include <algorithm>
#include <charconv>

#include "common/protocol/shown_invite.hpp"

namespace ndisk::protocol {
namespace {

constexpr std::string_view kScheme = "ndisk://";
constexpr std::uint8_t kKind = 1;
constexpr std::size_t kPinBytes = 32;
constexpr std::size_t kCheckBytes = 4;
constexpr std::size_t kSecretBytes = 1 + kTokenBytes + kPinBytes + kCheckBytes;
static_assert(kSecretCharacters == (kSecretBytes * 8 + 5) / 6);

std::unexpected<Error> not_whole(const std::string& what) {
  return fail(ErrorCode::kInvalid, "the invite is not whole: " + what + "; copy it again, from ndisk:// to its end");
}

Result<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
    return fail(ErrorCode::kInvalid, "'" + shown_word(text) + "' is not a port: use 0 to 65535");
  }
  return port;
}

bool is_host_character(char c) {
  const bool letter_or_digit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return letter_or_digit || c == '.' || c == '-' || c == '_';
}

bool is_v6_character(char c) { return is_host_character(c) || c == ':' || c == '%'; }

Result<HostPort> parse_bracketed(std::string_view text) {
  const auto close = text.find(']');
  if (close == text.npos) return fail(ErrorCode::kInvalid, "a '[' without its ']'");
  HostPort address{std::string(text.substr(1, close - 1))};
  const auto rest = text.substr(close + 1);
  if (address.host.find(':') == std::string::npos || !std::ranges::all_of(address.host, is_v6_character)) {
    return fail(ErrorCode::kInvalid, "'" + shown_word(address.host) + "' is not an IPv6 address");
  }
  if (rest.empty()) return address;
  if (rest[0] != ':') return fail(ErrorCode::kInvalid, "after ']' comes ':' and a port");
  const auto port = parse_port(rest.substr(1));
  if (!port) return std::unexpected(port.error());
  address.port = *port;
  return address;
}

Digest check_of(ByteView secret) { return sha256(secret.first(kSecretBytes - kCheckBytes)); }

bool has_right_check(ByteView secret) {
  const auto check = check_of(secret);
  return std::equal(secret.end() - kCheckBytes, secret.end(), check.begin());
}

Result<void> parse_secret(std::string_view text, InviteLink& invite) {
  const auto secret = from_base64url(text);
  if (!secret || secret->size() != kSecretBytes) return not_whole("its secret is cut or altered");
  if (!has_right_check(*secret)) return not_whole("its secret was altered");
  if (secret->front() != kKind) {
    return fail(ErrorCode::kInvalid, "the invite is of a newer kind: update this program");
  }
  const auto* token = secret->data() + 1;
  std::copy_n(token, kTokenBytes, invite.token.begin());
  std::copy_n(token + kTokenBytes, kPinBytes, invite.pin.begin());
  return {};
}

}  // namespace

Result<HostPort> parse_host_port(std::string_view text) {
  if (!text.empty() && text[0] == '[') return parse_bracketed(text);
  const auto colon = text.find(':');
  if (colon != text.npos && text.find(':', colon + 1) != text.npos) {
    return fail(ErrorCode::kInvalid, "an IPv6 address needs brackets: [" + shown_word(text) + "]");
  }
  HostPort address{std::string(text.substr(0, colon))};
  if (address.host.empty() || address.host.size() > 253 || !std::ranges::all_of(address.host, is_host_character)) {
    return fail(ErrorCode::kInvalid, "'" + shown_word(address.host) + "' is not a host: use HOST[:PORT] or [V6]:PORT");
  }
  if (colon == text.npos) return address;
  const auto port = parse_port(text.substr(colon + 1));
  if (!port) return std::unexpected(port.error());
  address.port = *port;
  return address;
}

std::string format_host_port(const HostPort& address) {
  const bool is_v6 = address.host.find(':') != std::string::npos;
  return (is_v6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

std::string format_invite(const InviteLink& invite) {
  std::string link(kScheme);
  for (const auto& address : invite.addresses) {
    if (link.size() > kScheme.size()) link.push_back(',');
    link += format_host_port(address);
  }
  Bytes secret{kKind};
  secret.insert(secret.end(), invite.token.begin(), invite.token.end());
  secret.insert(secret.end(), invite.pin.begin(), invite.pin.end());
  const auto check = sha256(secret);
  secret.insert(secret.end(), check.begin(), check.begin() + kCheckBytes);
  return link + "/#" + to_base64url(secret);
}

bool is_whole_secret(std::string_view text) {
  if (text.size() != kSecretCharacters) return false;
  const auto secret = from_base64url(text);
  return secret && has_right_check(*secret);
}

Result<InviteLink> parse_invite(std::string_view link) {
  if (!link.starts_with(kScheme)) return not_whole("it must start with ndisk://");
  link.remove_prefix(kScheme.size());
  const auto hash = link.find("/#");
  if (hash == link.npos) return not_whole("the part after /# is missing");
  InviteLink invite;
  auto addresses = link.substr(0, hash);
  while (true) {
    const auto comma = addresses.find(',');
    auto address = parse_host_port(addresses.substr(0, comma));
    // Not in its words, which repeat it: what stands there may be the secret.
    if (!address) return not_whole("its address number " + std::to_string(invite.addresses.size() + 1) + " is none");
    invite.addresses.push_back(std::move(*address));
    if (invite.addresses.size() > kMaxInviteAddresses) {
      return not_whole("it names more than " + std::to_string(kMaxInviteAddresses) + " addresses");
    }
    if (comma == addresses.npos) break;
    addresses.remove_prefix(comma + 1);
  }
  if (auto parsed = parse_secret(link.substr(hash + 2), invite); !parsed) return std::unexpected(parsed.error());
  return invite;
}

}  // namespace ndisk::protocol
