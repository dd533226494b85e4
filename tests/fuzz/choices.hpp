// The input of a target as a row of choices: numbers, words and pieces, until it is used up. After that every number is
// 0 and every piece empty. One thread; views the input.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "common/bytes.hpp"

namespace ndisk::fuzz {

class Choices {
 public:
  explicit Choices(ByteView input) : rest_(input) {}

  [[nodiscard]] bool is_over() const { return rest_.empty(); }
  [[nodiscard]] ByteView rest() const { return rest_; }

  std::uint8_t byte() {
    const auto one = piece(1);
    return one.empty() ? std::uint8_t{0} : one[0];
  }
  // 0 to count - 1.
  std::size_t below(std::size_t count) { return byte() % count; }
  // At most `most` bytes; fewer at the end.
  ByteView piece(std::size_t most) {
    const auto taken = rest_.first(std::min(most, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }
  // Up to the next newline, which is passed over; at most `most` bytes.
  std::string_view line(std::size_t most = SIZE_MAX) {
    const auto text = as_text(rest_);
    const auto end = std::min({text.find('\n'), text.size(), most});
    piece(end);
    if (!rest_.empty() && rest_[0] == '\n') piece(1);
    return text.substr(0, end);
  }

 private:
  ByteView rest_;
};

}  // namespace ndisk::fuzz
