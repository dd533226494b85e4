// Patterns for names, as a shell's: `*` any bytes, `?` any one byte, `[abc]`, `[a-z]`, `[!a-z]` one of a set, `\` takes
// the next byte as it is. No byte is special otherwise: a pattern that is cut off (`[ab`, a last `\`) matches itself.
//
// Matching is of bytes, not of characters: `?` takes one byte of a longer UTF-8 character, so names in other scripts
// are matched by `*`. Time is bounded by the product of the lengths. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace ndisk {

// Whether the pattern matches the whole of one name. A leading dot is a byte like any other.
[[nodiscard]] bool glob_matches(std::string_view pattern, std::string_view name);

// Whether it holds anything special: `*`, `?`, `[` or `\`.
[[nodiscard]] bool is_glob(std::string_view text);

}  // namespace ndisk
