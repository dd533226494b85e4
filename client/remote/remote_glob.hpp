// Operands that name remote things by a pattern: `'photos/*/2024-??.jpg'`, quoted from the shell.
//
// Patterns are those of common/glob.hpp, one for each component; `*`, `?` and a set don't match the dot in front of a
// name unless the pattern has one there too. split_glob is pure; expand_remote is for the I/O thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "client/link.hpp"
#include "common/remote_path.hpp"

namespace ndisk::client {

inline constexpr std::size_t kMaxGlobResults = 1'000'000;

// The existing things that an operand names, in walk order, at least one. An operand without anything special is that
// path, whether it exists or not: nothing is asked. One with `*`, `?`, `[` or `\` is what has literally that name, if
// something has; else all that match. With a slash at its end it matches folders only.
//
// kNotFound if nothing matches; kInvalid for a path that can't be, and for more than kMaxGlobResults.
net::Task<Result<std::vector<RemotePath>>> expand_remote(Link& link, const std::string& operand);

// One component of a pattern.
struct GlobComponent {
  std::string text;         // the pattern; of a plain one the name itself, without its backslashes
  bool is_pattern = false;  // has `*`, `?` or a set

  // A plain one matches its name alone.
  [[nodiscard]] bool matches(std::string_view name) const;
};

// kInvalid if no path could match.
[[nodiscard]] Result<std::vector<GlobComponent>> split_glob(std::string_view operand);

}  // namespace ndisk::client
