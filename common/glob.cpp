#include "common/glob.hpp"

#include <algorithm>
#include <optional>

namespace ndisk {
namespace {

using Byte = unsigned char;

bool is_lower(Byte byte) { return byte >= 'a' && byte <= 'z'; }
bool is_upper(Byte byte) { return byte >= 'A' && byte <= 'Z'; }
bool is_alpha(Byte byte) { return is_lower(byte) || is_upper(byte); }
bool is_digit(Byte byte) { return byte >= '0' && byte <= '9'; }
bool is_alnum(Byte byte) { return is_alpha(byte) || is_digit(byte); }
bool is_xdigit(Byte byte) { return is_digit(byte) || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F'); }
bool is_blank(Byte byte) { return byte == ' ' || byte == '\t'; }
bool is_space(Byte byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }
bool is_cntrl(Byte byte) { return byte < ' ' || byte == 0x7F; }
bool is_graph(Byte byte) { return byte > ' ' && byte < 0x7F; }
bool is_print(Byte byte) { return byte == ' ' || is_graph(byte); }
bool is_punct(Byte byte) { return is_graph(byte) && !is_alnum(byte); }

struct Class {
  std::string_view name;
  bool (*holds)(Byte);
};
constexpr Class kClasses[] = {{"alnum", is_alnum}, {"alpha", is_alpha}, {"blank", is_blank}, {"cntrl", is_cntrl},
                              {"digit", is_digit}, {"graph", is_graph}, {"lower", is_lower}, {"print", is_print},
                              {"punct", is_punct}, {"space", is_space}, {"upper", is_upper}, {"xdigit", is_xdigit}};

// A set from behind its '[' on, for one byte.
class Set {
 public:
  Set(std::string_view pattern, std::size_t at, char byte)
      : pattern_(pattern), at_(at), wanted_(static_cast<Byte>(byte)), bracket_(at) {}

  // Up to behind its ']'; false if it has none.
  bool read() {
    const bool negated = at_ < pattern_.size() && (pattern_[at_] == '!' || pattern_[at_] == '^');
    if (negated) ++at_;
    for (bool first = true; at_ < pattern_.size(); first = false) {
      if (pattern_[at_] == ']' && !first) {
        ++at_;
        holds_ = is_sound_ && holds_ != negated;
        return true;
      }
      if (const auto name = class_name()) {
        add_class(*name);
      } else {
        add_range();
      }
    }
    return false;
  }

  [[nodiscard]] bool holds() const { return holds_; }
  // False: it names a class that there is not, and holds nothing, negated or not.
  [[nodiscard]] bool is_sound() const { return is_sound_; }
  [[nodiscard]] std::size_t end() const { return at_; }

 private:
  // Of the "[:alpha:]" that stands here. The next ']' is looked for once, whatever the number of "[:" before it.
  std::optional<std::string_view> class_name() {
    if (!pattern_.substr(at_).starts_with("[:")) return std::nullopt;
    const auto begin = at_ + 2;
    if (bracket_ < begin) bracket_ = std::min(pattern_.find(']', begin), pattern_.size());
    if (bracket_ == pattern_.size() || bracket_ == begin || pattern_[bracket_ - 1] != ':') return std::nullopt;
    return pattern_.substr(begin, bracket_ - 1 - begin);
  }

  void add_class(std::string_view name) {
    const auto* found = std::ranges::find(kClasses, name, &Class::name);
    const bool is_known = found != std::end(kClasses);
    is_sound_ &= is_known;
    holds_ |= is_known && found->holds(wanted_);
    at_ = bracket_ + 1;
  }

  // One byte, or two with a '-' between them. Of a range that goes down its first byte is left.
  void add_range() {
    const auto low = take();
    holds_ |= wanted_ == low;
    if (at_ + 1 >= pattern_.size() || pattern_[at_] != '-' || pattern_[at_ + 1] == ']') return;
    ++at_;
    const auto high = take();
    holds_ |= low <= wanted_ && wanted_ <= high;
  }

  Byte take() {
    if (pattern_[at_] == '\\' && at_ + 1 < pattern_.size()) ++at_;
    return static_cast<Byte>(pattern_[at_++]);
  }

  std::string_view pattern_;
  std::size_t at_;
  Byte wanted_;
  std::size_t bracket_;  // a ']' at or behind the last class that was looked at
  bool holds_ = false;
  bool is_sound_ = true;
};

// Where the pattern goes on after what stands at `at` matched one byte; nothing if it does not match. From `endless`
// on, where a set has no end, brackets are bytes; it is set here, or each of many would be followed to the end of the
// pattern again.
std::optional<std::size_t> match_one(std::string_view pattern, std::size_t at, char byte, std::size_t& endless) {
  switch (pattern[at]) {
    case '?': return at + 1;
    case '[': {
      if (at >= endless) break;
      Set set(pattern, at + 1, byte);
      if (set.read()) return set.holds() ? std::optional(set.end()) : std::nullopt;
      endless = at;
      break;
    }
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

bool is_sound_glob(std::string_view pattern) {
  for (std::size_t at = 0; at < pattern.size();) {
    if (pattern[at] == '\\') {
      if (at + 1 == pattern.size()) return false;
      at += 2;
    } else if (pattern[at] == '[') {
      Set set(pattern, at + 1, 'a');
      if (!set.read() || !set.is_sound()) return false;
      at = set.end();
    } else {
      ++at;
    }
  }
  return true;
}

}  // namespace ndisk
