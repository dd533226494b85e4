// --include, --exclude and --files-from. What is asked is always a path relative to the operand's folder.
//
// Rules count in the order in which they were given; the first whose pattern covers the path (matches it, or a folder
// above it) decides. With --include rules only, files that no rule covers are left out, and folders are gone through.
// Pure values, save read_names; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/filter/pattern.hpp"
#include "client/options.hpp"

namespace ndisk::client {

class Filter {
 public:
  enum class Verdict : std::uint8_t {
    kTake,      // whatever a .ndiskignore says
    kLeaveOut,  // and with a folder all that is below it
    kUnsaid,    // no rule covers it: taken, unless a .ndiskignore leaves it out
    kThrough,   // a folder that no --include covers: not taken for its own sake, but for what is found below
  };

  Filter() = default;  // everything is kUnsaid
  // kInvalid for a pattern that can match nothing.
  [[nodiscard]] static Result<Filter> make(const std::vector<FilterOptions::Rule>& rules);

  [[nodiscard]] Verdict verdict(std::string_view path, bool is_folder) const;

 private:
  struct Rule {
    bool include = false;
    Pattern pattern;
  };
  std::vector<Rule> rules_;
  bool only_includes_ = false;
};

inline constexpr std::size_t kMaxNameListBytes = 64 * 1024 * 1024;

// The names of --files-from: one a line, in the order of trees (client/remote/tree_order.hpp), each once. Leading
// "./" and doubled or final slashes are dropped; empty lines are passed over; "." is the operand itself and becomes "".
// kInvalid, naming the line, for what a path can't be ("..", a component of 256 bytes) and for more than
// kMaxNameListBytes.
[[nodiscard]] Result<std::vector<std::string>> parse_names(std::string_view text);
// The same from a file; "-": standard input. Blocks: not on the I/O thread.
[[nodiscard]] Result<std::vector<std::string>> read_names(const std::string& path);

}  // namespace ndisk::client
