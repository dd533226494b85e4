#include "client/shell_quote.hpp"

#include <algorithm>

#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

bool is_plain(char c) {
  constexpr std::string_view kPlain = "@%+=:,./-_";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || kPlain.contains(c);
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

std::string in_quotes(std::string_view word) {
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted.push_back(c);
    }
  }
  return quoted + "'";
}

// Every byte that is not plain by its octal number: three digits never run into what follows.
std::string escaped(std::string_view word) {
  std::string quoted = "$'";
  for (const char c : word) {
    if (is_plain(c) || c == ' ') {
      quoted.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    quoted.push_back('\\');
    for (const int shift : {6, 3, 0}) quoted.push_back(static_cast<char>('0' + (byte >> shift & 7)));
  }
  return quoted + "'";
}

}  // namespace

std::string shell_quoted(std::string_view word) {
  if (!word.empty() && std::ranges::all_of(word, is_plain)) return std::string(word);
  if (!is_utf8(word) || std::ranges::any_of(word, is_control)) return escaped(word);
  return in_quotes(word);
}

std::string shell_line(std::span<const char* const> words) {
  std::string line;
  for (const char* word : words) {
    if (!line.empty()) line.push_back(' ');
    line += shell_quoted(word);
  }
  return line;
}

}  // namespace ndisk::client
