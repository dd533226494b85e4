// Names as a person sees them. Names are bytes; escapes happen when shown, never when stored. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace ndisk {

// Valid UTF-8 stays as it is, save: newline as \n, backslash as \\, other C0 and C1 control characters, DEL, and each
// byte that is not part of valid UTF-8 (RFC 3629) as \xHH with upper-case digits.
[[nodiscard]] std::string shown_name(std::string_view bytes);

// True if shown_name() changes nothing but backslashes: valid UTF-8 without control characters.
[[nodiscard]] bool is_printable(std::string_view bytes);

// True if the bytes are valid UTF-8 (RFC 3629: no overlong forms, no surrogates, up to U+10FFFF).
[[nodiscard]] bool is_utf8(std::string_view bytes);

}  // namespace ndisk
