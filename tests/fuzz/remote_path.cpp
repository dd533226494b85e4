// Paths from the wire and from people: what is taken keeps every rule, and every way to take it apart agrees.
#include "common/remote_path.hpp"

#include <string>

#include "common/path_parts.hpp"
#include "common/shown_name.hpp"
#include "tests/fuzz/choices.hpp"
#include "tests/fuzz/targets.hpp"

namespace ndisk::fuzz {
namespace {

// The rules of docs/protocol.md once more, written another way.
bool may_be(std::string_view bytes) {
  if (bytes.empty()) return true;
  if (bytes.size() > 4096 || bytes.find('\0') != bytes.npos) return false;
  const auto padded = "/" + std::string(bytes) + "/";
  for (const auto* wrong : {"//", "/./", "/../"}) {
    if (padded.find(wrong) != padded.npos) return false;
  }
  std::size_t longest = 0;
  for (std::size_t at = 0, length = 0; at < padded.size(); ++at) {
    length = padded[at] == '/' ? 0 : length + 1;
    longest = std::max(longest, length);
  }
  return longest <= 255;
}

// Growing a path by one name at a time takes time by the square of their number.
constexpr std::size_t kMostGrown = 64;

void check_growing(const RemotePath& path) {
  RemotePath again;
  for (const auto component : path.components()) {
    auto longer = again.child(component);
    require(longer.has_value(), "a component of a path is a name");
    require(longer->parent() == again, "a child's parent is where it was made");
    require(longer->name() == component, "a child has the name that it was given");
    again = std::move(*longer);
  }
  require(again == path, "a path is its components");
}

void check_parts(const RemotePath& path) {
  if (path.components().size() <= kMostGrown) check_growing(path);
  require(path.parent().join(RemotePath::from_wire(path.name()).value()).value() == path,
          "a path is its parent and its name");
  require(last_name(path.bytes()) == path.name(), "two ways to the last name");
}

}  // namespace

void remote_path(ByteView input) {
  const auto text = as_text(input);
  const auto path = RemotePath::from_wire(text);
  require(path.has_value() == may_be(text), "the rules of paths, no more and no less");
  require(is_utf8(shown_name(text)), "what is shown is UTF-8");
  require(shown_name(text).find('\n') == std::string::npos, "what is shown is one line");
  if (const auto typed = RemotePath::from_user(text)) {
    require(RemotePath::from_wire(typed->bytes()) == *typed, "what a person may type may be sent");
    check_parts(*typed);
  }
  if (!path) return;
  require(path->bytes() == text, "a path is the bytes that came");
  require(RemotePath::from_user(text) == *path, "what may be sent may be typed");
  const auto half = RemotePath::from_wire(text.substr(0, text.find('/')));
  if (const auto joined = half->join(*path)) require(may_be(joined->bytes()), "what is joined keeps the rules");
}

}  // namespace ndisk::fuzz
