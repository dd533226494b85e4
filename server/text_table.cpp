#include "server/text_table.hpp"

#include <algorithm>

namespace ndisk::server {
namespace {

// Characters, as far as one takes one place.
std::size_t width(const std::string& cell) {
  return static_cast<std::size_t>(
      std::ranges::count_if(cell, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

TextTable::TextTable(std::vector<std::string> headings) {
  for (auto& heading : headings) {
    at_right_.push_back(heading.starts_with('>'));
    if (at_right_.back()) heading.erase(0, 1);
  }
  rows_.push_back(std::move(headings));
}

std::string TextTable::text() const {
  if (rows_.size() == 1) return {};
  std::vector<std::size_t> widths(at_right_.size());
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  std::string text;
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string blanks(widths[i] - width(row[i]), ' ');
      if (i > 0) line += "  ";
      line += at_right_[i] ? blanks + row[i] : row[i] + blanks;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace ndisk::server
