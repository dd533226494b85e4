// A .ndiskignore file: lines of patterns as in .gitignore, for what is below the folder that holds it.
//
// Blank lines and lines that begin with '#' say nothing; '!' in front takes back what an earlier line ignored; '\' in
// front of these two makes them plain; blanks at the end of a line are dropped unless a '\' stands before them. The
// last line that matches decides. A line that can match nothing is passed over, as git does.
//
// Pure values, save read_ignore_text; any thread.
#pragma once

#include <optional>
#include <vector>

#include "client/filter/pattern.hpp"

namespace ndisk::client {

inline constexpr char kIgnoreFileName[] = ".ndiskignore";
// A longer one is not read at all: it is an error of its folder.
inline constexpr std::size_t kMaxIgnoreFileBytes = 1024 * 1024;

class IgnoreFile {
 public:
  [[nodiscard]] static IgnoreFile parse(std::string_view text);

  // Of a path relative to the folder that holds the file. true: left out; false: a '!' took it back; nothing: no line
  // matches, and the ignore files of the folders above decide.
  [[nodiscard]] std::optional<bool> ignores(std::string_view path, bool is_folder) const;

 private:
  struct Line {
    bool ignore = true;
    Pattern pattern;
  };
  std::vector<Line> lines_;
};

// The text of the ignore file of an open folder; empty if what has that name is no regular file (a link is none).
// `path` is for messages. kInvalid if it is longer than kMaxIgnoreFileBytes. Blocks: not on the I/O thread.
[[nodiscard]] Result<std::string> read_ignore_text(int folder, std::string_view path);

}  // namespace ndisk::client
