// One pattern of --include, --exclude or .ndiskignore, with gitignore's meaning (docs/commands.md, "Patterns").
//
//   *.bak      any name that matches, at any depth      /build     beside the pattern's own folder only
//   cache/     folders only                             a/*.c      a '/' inside anchors as one in front does
//   **/x  x/** a/**/b   any number of folders           [a-z] ? \  as in common/glob.hpp
//
// A pattern that matches a folder holds for everything below it. What git never matches is no pattern: two slashes in a
// row, a '[' without its ']', a '\' at the end, a class that there is not. Pure values; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/error.hpp"

namespace ndisk::client {

class Pattern {
 public:
  // Without a '!' or '#' in front: those are the ignore file's. kInvalid if it can match nothing.
  [[nodiscard]] static Result<Pattern> parse(std::string_view text);

  // Of a path relative to the pattern's own folder, components joined by '/': whether it matches the path itself.
  [[nodiscard]] bool matches(std::string_view path, bool is_folder) const;
  // Whether it matches the path or a folder above it.
  [[nodiscard]] bool covers(std::string_view path, bool is_folder) const;

 private:
  Pattern() = default;
  [[nodiscard]] bool matches_parts(const std::vector<std::string_view>& parts) const;

  std::vector<std::string> parts_;  // globs, and "**" for any number of folders; one if not anchored
  bool anchored_ = false;
  bool folders_only_ = false;
};

}  // namespace ndisk::client
