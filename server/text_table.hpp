// Rows as a table for people: columns aligned, two blanks apart. Pure; any thread.
#pragma once

#include <string>
#include <vector>

namespace ndisk::server {

class TextTable {
 public:
  // A heading that begins with '>' stands, like its column, at the right.
  explicit TextTable(std::vector<std::string> headings);
  // As many cells as there are headings.
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  // Lines with their ends; nothing at all if there are no rows. No blanks at the end of a line.
  [[nodiscard]] std::string text() const;

 private:
  std::vector<bool> at_right_;
  std::vector<std::vector<std::string>> rows_;  // the headings first
};

}  // namespace ndisk::server
