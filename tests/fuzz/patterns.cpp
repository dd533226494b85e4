// Globs, patterns, ignore files and lists of names: the same verdict as the simplest way to reach one.
#include <algorithm>
#include <cctype>
#include <optional>

#include "client/filter/filter.hpp"
#include "client/filter/ignore_file.hpp"
#include "client/filter/pattern.hpp"
#include "client/remote/listing_order.hpp"
#include "client/remote/remote_glob.hpp"
#include "client/remote/tree_order.hpp"
#include "common/glob.hpp"
#include "common/path_parts.hpp"
#include "tests/fuzz/choices.hpp"
#include "tests/fuzz/targets.hpp"

namespace ndisk::fuzz {
namespace {

// One element of a pattern other than '*': whether it takes the byte, and how long it is.
struct Element {
  bool takes = false;
  std::size_t length = 1;
};

// Of C's own classes, in the locale of every program that asks for none.
std::optional<bool> is_of_class(std::string_view name, int wanted) {
  if (name == "alnum") return std::isalnum(wanted) != 0;
  if (name == "alpha") return std::isalpha(wanted) != 0;
  if (name == "blank") return std::isblank(wanted) != 0;
  if (name == "cntrl") return std::iscntrl(wanted) != 0;
  if (name == "digit") return std::isdigit(wanted) != 0;
  if (name == "graph") return std::isgraph(wanted) != 0;
  if (name == "lower") return std::islower(wanted) != 0;
  if (name == "print") return std::isprint(wanted) != 0;
  if (name == "punct") return std::ispunct(wanted) != 0;
  if (name == "space") return std::isspace(wanted) != 0;
  if (name == "upper") return std::isupper(wanted) != 0;
  if (name == "xdigit") return std::isxdigit(wanted) != 0;
  return std::nullopt;
}

// The "[:alpha:]" that the text begins with, if it does: all up to the next ']' has to end in ":]".
std::optional<std::string_view> class_at(std::string_view text) {
  const auto end = text.find(']', 2);
  if (!text.starts_with("[:") || end == text.npos || end < 3 || text[end - 1] != ':') return std::nullopt;
  return text.substr(0, end + 1);
}

std::optional<Element> set_at(std::string_view pattern, unsigned char wanted) {
  std::size_t at = 1;
  const bool inverted = pattern.size() > 1 && (pattern[1] == '!' || pattern[1] == '^');
  at += inverted ? 1 : 0;
  const auto next = [&] {
    at += pattern[at] == '\\' && at + 1 < pattern.size() ? 1 : 0;
    return static_cast<unsigned char>(pattern[at++]);
  };
  bool found = false, is_sound = true;
  for (const auto first = at; at < pattern.size() && (pattern[at] != ']' || at == first);) {
    if (const auto named = class_at(pattern.substr(at))) {
      const auto of_class = is_of_class(named->substr(2, named->size() - 4), wanted);
      is_sound = is_sound && of_class.has_value();
      found = found || of_class.value_or(false);
      at += named->size();
      continue;
    }
    const auto low = next();
    const bool is_range = at + 1 < pattern.size() && pattern[at] == '-' && pattern[at + 1] != ']';
    at += is_range ? 1 : 0;
    const auto high = is_range ? next() : low;
    found = found || wanted == low || (low <= wanted && wanted <= high);
  }
  if (at >= pattern.size()) return std::nullopt;
  return Element{is_sound && found != inverted, at + 1};
}

// Brackets are bytes from the first on that has no end.
Element element_at(std::string_view pattern, char byte, bool& has_sets) {
  if (pattern[0] == '?') return {true, 1};
  if (pattern[0] == '\\' && pattern.size() > 1) return {pattern[1] == byte, 2};
  if (pattern[0] == '[' && has_sets) {
    if (const auto set = set_at(pattern, static_cast<unsigned char>(byte))) return *set;
    has_sets = false;
  }
  return {pattern[0] == byte, 1};
}

// As one would explain it: a star takes nothing, or one byte and stays.
bool plainly_matches(std::string_view pattern, std::string_view name, bool has_sets = true) {
  if (pattern.empty()) return name.empty();
  if (pattern[0] == '*') {
    return plainly_matches(pattern.substr(1), name, has_sets) ||
           (!name.empty() && plainly_matches(pattern, name.substr(1), has_sets));
  }
  if (name.empty()) return false;
  const auto element = element_at(pattern, name[0], has_sets);
  return element.takes && plainly_matches(pattern.substr(element.length), name.substr(1), has_sets);
}

void check_glob(std::string_view pattern, std::string_view name) {
  const bool matches = glob_matches(pattern, name);
  // The plain way takes exponential time.
  const bool is_short = pattern.size() <= 32 && name.size() <= 12 && std::ranges::count(pattern, '*') <= 12;
  if (is_short) require(matches == plainly_matches(pattern, name), "a glob matches what it plainly matches");
  if (!is_glob(pattern)) require(matches == (pattern == name), "a name without anything special matches itself alone");
}

void check_pattern(std::string_view text, std::string_view path, bool is_folder) {
  const auto pattern = client::Pattern::parse(text);
  if (!pattern) return;
  const bool matches = pattern->matches(path, is_folder);
  if (matches) require(pattern->covers(path, is_folder), "what matches is covered");
  if (pattern->matches(path, true)) {
    require(pattern->covers(std::string(path) + "/below", false), "what is in a folder that matches is covered");
  }
}

void check_names(std::string_view text) {
  const auto names = client::parse_names(text);
  if (!names) return;
  for (std::size_t i = 0; i < names->size(); ++i) {
    require(RemotePath::from_wire((*names)[i]).has_value(), "each name is a path");
    if (i > 0) require(client::compare_in_tree((*names)[i - 1], (*names)[i]) < 0, "names come in order, each once");
  }
}

// Entries as a server might list them: what passes is in order, and nothing hides below what is no folder.
void check_order(Choices choices) {
  using client::ListingOrder;
  constexpr ListingOrder::Shape kShapes[] = {ListingOrder::Shape::kOneFolder, ListingOrder::Shape::kTree,
                                             ListingOrder::Shape::kFiltered};
  const auto shape = kShapes[choices.below(3)];
  ListingOrder order(shape);
  std::string last;
  bool last_is_folder = true;
  while (!choices.is_over()) {
    const bool is_folder = choices.below(2) == 0;
    const auto path = std::string(choices.line(64));
    const auto checked = RemotePath::from_wire(path);
    if (!checked || checked->is_root() || !order.check(path, is_folder)) continue;
    require(last.empty() || client::compare_in_tree(last, path) < 0, "a listing that passes only goes forward");
    // A filtered listing is shown, never written to disk.
    const bool is_written = shape != ListingOrder::Shape::kFiltered;
    require(!is_written || last_is_folder || !path.starts_with(last + "/"), "nothing is below what is no folder");
    const auto before = client::just_before(path);
    require(client::compare_in_tree(before, path) < 0, "just before is before");
    last = path;
    last_is_folder = is_folder;
  }
}

}  // namespace

void patterns(ByteView input) {
  Choices choices(input);
  const bool is_folder = choices.below(2) == 1;
  const auto pattern = choices.line(), path = choices.line();
  check_glob(pattern, last_name(path));
  check_glob(pattern, path);
  check_pattern(pattern, path, is_folder);
  const auto text = as_text(choices.rest());
  const auto ignored = client::IgnoreFile::parse(text).ignores(path, is_folder);
  require(!text.empty() || !ignored, "an empty ignore file says nothing");
  check_names(text);
  if (const auto parts = client::split_glob(pattern)) {
    for (const auto& part : *parts) {
      if (!part.is_pattern) require(part.matches(part.text), "a plain component matches its name");
      static_cast<void>(part.matches(last_name(path)));
    }
  }
  const auto filter = client::Filter::make({{is_folder, std::string(pattern)}, {!is_folder, std::string(path)}});
  if (filter) static_cast<void>(filter->verdict(path, is_folder));
  check_order(choices);
}

}  // namespace ndisk::fuzz
