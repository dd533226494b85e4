#include "common/glob.hpp"

#include <optional>

namespace ndisk {
namespace {

// Whether the set that begins at pattern[at] ('[') holds `byte`, and where the pattern goes on after it; nothing if it
// has no end.
struct SetMatch {
  bool holds = false;
  std::size_t next = 0;
};

std::optional<SetMatch> match_set(std::string_view pattern, std::size_t at, char byte) {
  std::size_t i = at + 1;
  const bool negated = i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
  if (negated) ++i;
  const auto take = [&] {
    if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
    return static_cast<unsigned char>(pattern[i++]);
  };
  const auto wanted = static_cast<unsigned char>(byte);
  bool holds = false;
  for (bool first = true; i < pattern.size(); first = false) {
    if (pattern[i] == ']' && !first) return SetMatch{holds != negated, i + 1};
    const auto low = take();
    auto high = low;
    if (i + 1 < pattern.size() && pattern[i] == '-' && pattern[i + 1] != ']') {
      ++i;
      high = take();
    }
    holds |= low <= wanted && wanted <= high;
  }
  return std::nullopt;
}

// Where the pattern goes on after what stands at `at` matched one byte; nothing if it does not match. From `endless` on
// no set has an end; it is set here, or each of many brackets would be followed to the end of the pattern again.
std::optional<std::size_t> match_one(std::string_view pattern, std::size_t at, char byte, std::size_t& endless) {
  switch (pattern[at]) {
    case '?': return at + 1;
    case '[':
      if (at >= endless) break;
      if (const auto set = match_set(pattern, at, byte)) return set->holds ? std::optional(set->next) : std::nullopt;
      endless = at;
      break;
    case '\\':
      if (at + 1 < pattern.size()) return pattern[at + 1] == byte ? std::optional(at + 2) : std::nullopt;
      break;
    default: break;
  }
  return pattern[at] == byte ? std::optional(at + 1) : std::nullopt;
}

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view name) {
  std::size_t p = 0;
  std::size_t n = 0;
  // The last star, and the byte of the name that it gave back last: only the last one ever needs to take more.
  std::size_t star = pattern.npos;
  std::size_t taken = 0;
  std::size_t endless = pattern.npos;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = n;
      continue;
    }
    const auto next = p < pattern.size() ? match_one(pattern, p, name[n], endless) : std::nullopt;
    if (next) {
      p = *next;
      ++n;
    } else if (star != pattern.npos) {
      p = star + 1;
      n = ++taken;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool is_glob(std::string_view text) { return text.find_first_of("*?[\\") != text.npos; }

}  // namespace ndisk
