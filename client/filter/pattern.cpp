#include "client/filter/pattern.hpp"

#include "common/glob.hpp"
#include "common/path_parts.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

constexpr std::string_view kAnyFolders = "**";

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0; begin <= path.size();) {
    const auto end = std::min(path.find('/', begin), path.size());
    if (end > begin) parts.push_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

}  // namespace

Result<Pattern> Pattern::parse(std::string_view text) {
  const auto shown = text;
  Pattern pattern;
  while (text.ends_with('/')) {
    pattern.folders_only_ = true;
    text.remove_suffix(1);
  }
  pattern.anchored_ = text.find('/') != text.npos;
  for (const auto part : split(text)) {
    // Two in a row mean no more than one.
    const bool again = part == kAnyFolders && !pattern.parts_.empty() && pattern.parts_.back() == kAnyFolders;
    if (!again) pattern.parts_.emplace_back(part);
  }
  if (pattern.parts_.empty()) {
    return fail(ErrorCode::kInvalid, "the pattern '" + shown_name(shown) + "' matches nothing");
  }
  return pattern;
}

bool Pattern::matches(std::string_view path, bool is_folder) const {
  if (folders_only_ && !is_folder) return false;
  if (!anchored_) return glob_matches(parts_.front(), last_name(path));
  return matches_parts(split(path));
}

bool Pattern::covers(std::string_view path, bool is_folder) const {
  for (auto end = path.find('/'); end != path.npos; end = path.find('/', end + 1)) {
    if (matches(path.substr(0, end), true)) return true;
  }
  return matches(path, is_folder);
}

// As glob_matches does with bytes and '*': only the last "**" ever needs to take more.
bool Pattern::matches_parts(const std::vector<std::string_view>& parts) const {
  constexpr auto kNone = static_cast<std::size_t>(-1);
  std::size_t p = 0, n = 0, any = kNone, taken = 0;
  while (n < parts.size()) {
    if (p < parts_.size() && parts_[p] == kAnyFolders) {
      // At the end it stands for everything inside, at least one name.
      if (p + 1 == parts_.size()) return true;
      any = p++;
      taken = n;
    } else if (p < parts_.size() && glob_matches(parts_[p], parts[n])) {
      ++p;
      ++n;
    } else if (any != kNone) {
      p = any + 1;
      n = ++taken;
    } else {
      return false;
    }
  }
  return p == parts_.size();
}

}  // namespace ndisk::client
