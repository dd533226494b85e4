#include "client/filter/ignore_file.hpp"

#include <algorithm>

namespace ndisk::client {
namespace {

std::string_view without_end_blanks(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  while (line.ends_with(' ') && !(line.size() > 1 && line[line.size() - 2] == '\\')) line.remove_suffix(1);
  return line;
}

}  // namespace

IgnoreFile IgnoreFile::parse(std::string_view text) {
  IgnoreFile file;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // the mark that some editors put in front of UTF-8
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = without_end_blanks(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    const bool ignore = line.front() != '!';
    if (!ignore) line.remove_prefix(1);
    if (auto pattern = Pattern::parse(line)) file.lines_.push_back({ignore, std::move(*pattern)});
  }
  return file;
}

std::optional<bool> IgnoreFile::ignores(std::string_view path, bool is_folder) const {
  for (auto line = lines_.rbegin(); line != lines_.rend(); ++line) {
    if (line->pattern.matches(path, is_folder)) return line->ignore;
  }
  return std::nullopt;
}

}  // namespace ndisk::client
