// What may be shown of words in which somebody may have put an invite by mistake: all but its secret. The client and
// the server send every error, and every name in a log, through here. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace ndisk::protocol {

// Whether there is an invite anywhere in it: by the scheme, by a whole secret without it, or by what has a secret's
// alphabet, length and beginning behind a '#', as one with a wrong character has.
[[nodiscard]] bool has_invite(std::string_view text);
// The same text with "(secret)" in the place of what is, or may be, an invite's secret: those, and all that stands
// behind the scheme and a '#', up to a space or a quote. Other names with a '#' stay as they are.
[[nodiscard]] std::string without_secrets(std::string_view text);
// The same of a word that is to be an address or a plain name, which has no '#': nothing behind one is shown.
[[nodiscard]] std::string shown_word(std::string_view word);

}  // namespace ndisk::protocol
