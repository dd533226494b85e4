// Patterns for names, as a shell's: `*` any bytes, `?` any one byte, `[abc]`, `[a-z]`, `[!a-z]` one of a set, `\` takes
// the next byte as it is. In a set `[:alpha:]` and the other eleven classes of POSIX stand for ASCII, whatever the
// locale; a set with a class of another name holds nothing. No byte is special otherwise: a pattern that is cut off
// (`[ab`, a last `\`) matches itself, and brackets behind a `[` that has no end are bytes, too.
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

// Whether nothing in it is cut off, and no set names a class that there is not. What is not matches nothing in git.
[[nodiscard]] bool is_sound_glob(std::string_view pattern);

}  // namespace ndisk
