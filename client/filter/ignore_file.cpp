#include "client/filter/ignore_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "client/file_descriptor.hpp"
#include "common/shown_name.hpp"

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

Result<std::string> read_ignore_text(int folder, std::string_view path) {
  const FileDescriptor file(
      ::openat(folder, kIgnoreFileName, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file && errno == ELOOP) return std::string();
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0) return fail_errno(errno, "reading", shown_name(path));
  if (!S_ISREG(status.st_mode)) return std::string();
  std::string text(kMaxIgnoreFileBytes + 1, '\0');
  std::size_t filled = 0;
  while (filled < text.size()) {
    const auto count = ::read(file.get(), text.data() + filled, text.size() - filled);
    if (count < 0 && errno != EINTR) return fail_errno(errno, "reading", shown_name(path));
    if (count == 0) break;
    if (count > 0) filled += static_cast<std::size_t>(count);
  }
  if (filled > kMaxIgnoreFileBytes) {
    return fail(ErrorCode::kInvalid, shown_name(path) + ": longer than 1 MiB; its folder was left out");
  }
  text.resize(filled);
  return text;
}

}  // namespace ndisk::client
