#include "common/protocol/shown_invite.hpp"

#include <algorithm>

#include "common/protocol/invite.hpp"

namespace ndisk::protocol {
namespace {

constexpr std::string_view kScheme = "ndisk:/";  // a second slash is lost easily
constexpr std::string_view kHidden = "(secret)";
constexpr std::string_view kWordEnds = " \t\r\n'\"";
constexpr char kSecretBegins = 'A';  // the kind is below 4

bool is_secret_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

struct Range {
  std::size_t start = 0;
  std::size_t end = 0;
};

// What stands behind the next scheme from there on and a '#' in its word; an empty one at the end of the text if
// nothing does.
Range find_behind_scheme(std::string_view text, std::size_t from) {
  for (auto at = text.find(kScheme, from); at != text.npos; at = text.find(kScheme, at + 1)) {
    const auto end = std::min(text.find_first_of(kWordEnds, at), text.size());
    const auto hash = std::min(text.find('#', at), end);
    if (hash + 1 < end) return {hash + 1, end};
  }
  return {text.size(), text.size()};
}

// The whole secret in a run of its characters, which may go on before it and behind.
Range find_whole(std::string_view text, const Range& run) {
  for (auto at = run.start; at + kSecretCharacters <= run.end; ++at) {
    if (text[at] == kSecretBegins && is_whole_secret(text.substr(at, kSecretCharacters))) {
      return {at, at + kSecretCharacters};
    }
  }
  return {run.end, run.end};
}

bool looks_like_secret(std::string_view text, const Range& run) {
  const bool is_behind_hash = run.start > 0 && text[run.start - 1] == '#';
  return is_behind_hash && run.end - run.start == kSecretCharacters && text[run.start] == kSecretBegins;
}

Range find_bare_secret(std::string_view text, std::size_t from) {
  Range run{from, from};
  while (run.start < text.size()) {
    while (run.end < text.size() && is_secret_character(text[run.end])) ++run.end;
    if (looks_like_secret(text, run)) return run;
    if (const auto whole = find_whole(text, run); whole.start < whole.end) return whole;
    run.start = ++run.end;
  }
  return {text.size(), text.size()};
}

}  // namespace

bool has_invite(std::string_view text) {
  return text.find("ndisk://") != text.npos || find_bare_secret(text, 0).start < text.size();
}

std::string without_secrets(std::string_view text) {
  std::string shown;
  for (std::size_t at = 0; at < text.size();) {
    const auto linked = find_behind_scheme(text, at);
    const auto bare = find_bare_secret(text.substr(0, linked.start), at);
    const auto& hidden = bare.start < linked.start ? bare : linked;
    shown += text.substr(at, hidden.start - at);
    if (hidden.start < text.size()) shown += kHidden;
    at = hidden.end;
  }
  return shown;
}

std::string shown_word(std::string_view word) {
  const auto hash = word.find('#');
  auto shown = without_secrets(word.substr(0, hash));
  if (hash != word.npos) shown.append("#").append(kHidden);
  return shown;
}

}  // namespace ndisk::protocol
