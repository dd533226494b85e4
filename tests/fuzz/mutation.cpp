#include "tests/fuzz/mutation.hpp"

#include <algorithm>
#include <array>

namespace ndisk::fuzz {
namespace {

constexpr std::size_t kMostChanges = 6;
constexpr std::size_t kLongestPiece = 64;
constexpr std::array<std::uint8_t, 8> kTelling{0x00, 0x01, 0x7F, 0x80, 0xFF, '\n', '/', '['};

using Step = std::ptrdiff_t;

}  // namespace

void Mutation::insert(Bytes& input, const Bytes& from) {
  const auto start = below(from.size());
  const auto length = std::min(below(kLongestPiece) + 1, from.size() - start);
  const Bytes piece(from.begin() + static_cast<Step>(start), from.begin() + static_cast<Step>(start + length));
  input.insert(input.begin() + static_cast<Step>(below(input.size() + 1)), piece.begin(), piece.end());
}

void Mutation::change_once(Bytes& input, const Bytes& other) {
  if (input.empty()) return input.push_back(static_cast<std::uint8_t>(below(256)));
  const auto at = below(input.size());
  switch (below(7)) {
    case 0: input[at] = static_cast<std::uint8_t>(input[at] ^ (1u << below(8))); break;
    case 1: input[at] = static_cast<std::uint8_t>(below(256)); break;
    case 2: input[at] = kTelling[below(kTelling.size())]; break;
    case 3: {
      const auto length = std::min(below(kLongestPiece) + 1, input.size() - at);
      input.erase(input.begin() + static_cast<Step>(at), input.begin() + static_cast<Step>(at + length));
      break;
    }
    case 4: insert(input, input); break;
    case 5: insert(input, other); break;
    default: input.resize(at); break;
  }
}

Bytes Mutation::change(Bytes input, const Bytes& other) {
  for (auto changes = below(kMostChanges) + 1; changes > 0; --changes) change_once(input, other);
  return input;
}

}  // namespace ndisk::fuzz
