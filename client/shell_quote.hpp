// Words as a shell takes them, for messages that say what to type. Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace ndisk::client {

// The word itself if no byte of it means anything to a shell; else in '...'; with control characters or bytes that are
// not UTF-8 in $'...', which bash, zsh and ksh know.
[[nodiscard]] std::string shell_quoted(std::string_view word);
// Joined by blanks.
[[nodiscard]] std::string shell_line(std::span<const char* const> words);

}  // namespace ndisk::client
