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

// A slash is one with a backslash in front of it, too.
std::string_view without_last_escape(std::string_view part) {
  const auto last_other = part.find_last_not_of('\\');
  const auto count = part.size() - (last_other == part.npos ? 0 : last_other + 1);
  if (count % 2 == 1) part.remove_suffix(1);
  return part;
}

std::unexpected<Error> fail_empty(std::string_view text) {
  return fail(ErrorCode::kInvalid, "the pattern '" + shown_name(text) + "' matches nothing");
}

}  // namespace

Result<Pattern> Pattern::parse(std::string_view text) {
  const auto whole = text;
  Pattern pattern;
  pattern.folders_only_ = text.ends_with('/');
  if (pattern.folders_only_) text.remove_suffix(1);
  pattern.anchored_ = text.find('/') != text.npos;
  if (text.starts_with('/')) text.remove_prefix(1);
  // As in git, where two slashes stand there is a name of no bytes between them, which nothing has.
  if (text.empty() || text.front() == '/' || text.back() == '/' || text.contains("//")) return fail_empty(whole);
  for (auto part : split(text)) {
    const bool is_last = part.end() == text.end();
    if (!is_last) part = without_last_escape(part);
    if (!is_sound_glob(part)) return fail_empty(whole);
    // Two in a row mean no more than one.
    const bool again = part == kAnyFolders && !pattern.parts_.empty() && pattern.parts_.back() == kAnyFolders;
    if (!again) pattern.parts_.emplace_back(part);
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
