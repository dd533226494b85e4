#include "client/filter/filter.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "client/file_descriptor.hpp"
#include "client/remote/tree_order.hpp"
#include "common/remote_path.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

constexpr char kStandardInput[] = "-";

// A name as a person lists it: "./a//b/" is a/b.
std::string plain_name(std::string_view line) {
  std::string name;
  while (!line.empty()) {
    const auto end = std::min(line.find('/'), line.size());
    const auto part = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    if (part.empty() || part == ".") continue;
    if (!name.empty()) name.push_back('/');
    name += part;
  }
  return name;
}

}  // namespace

Result<Filter> Filter::make(const std::vector<FilterOptions::Rule>& rules) {
  Filter filter;
  filter.only_includes_ = !rules.empty();
  for (const auto& rule : rules) {
    auto pattern = Pattern::parse(rule.pattern);
    if (!pattern) return fail_with_context(rule.include ? "--include" : "--exclude", pattern.error());
    if (!rule.include) filter.only_includes_ = false;
    filter.rules_.push_back({rule.include, std::move(*pattern)});
  }
  return filter;
}

Filter::Verdict Filter::verdict(std::string_view path, bool is_folder) const {
  for (const auto& rule : rules_) {
    if (rule.pattern.covers(path, is_folder)) return rule.include ? Verdict::kTake : Verdict::kLeaveOut;
  }
  if (!only_includes_) return Verdict::kUnsaid;
  return is_folder ? Verdict::kThrough : Verdict::kLeaveOut;
}

Result<std::vector<std::string>> parse_names(std::string_view text) {
  std::vector<std::string> names;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) continue;
    auto name = plain_name(line);
    const auto checked = RemotePath::from_wire(name);
    if (!checked) return fail_with_context("line " + std::to_string(number), checked.error());
    names.push_back(std::move(name));
  }
  std::ranges::sort(names, [](const auto& a, const auto& b) { return compare_in_tree(a, b) < 0; });
  const auto doubled = std::ranges::unique(names);
  names.erase(doubled.begin(), doubled.end());
  return names;
}

Result<std::vector<std::string>> read_names(const std::string& path) {
  const auto shown = path == kStandardInput ? std::string("standard input") : shown_name(path);
  FileDescriptor file;
  if (path != kStandardInput) {
    file = FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return fail_errno(errno, "reading --files-from", shown);
  }
  const int descriptor = file ? file.get() : STDIN_FILENO;
  std::string text;
  std::string block(64 * 1024, '\0');
  for (;;) {
    const auto count = ::read(descriptor, block.data(), block.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno(errno, "reading --files-from", shown);
    if (count == 0) break;
    text.append(block, 0, static_cast<std::size_t>(count));
    if (text.size() > kMaxNameListBytes) {
      return fail(ErrorCode::kInvalid, "--files-from " + shown + ": more than 64 MiB of names; give them in parts");
    }
  }
  auto names = parse_names(text);
  if (!names) return fail_with_context("--files-from " + shown, names.error());
  return names;
}

}  // namespace ndisk::client
