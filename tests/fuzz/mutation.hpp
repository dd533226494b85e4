// Small random changes to an input: a fuzzer without a compiler's help, the same for the same seed. One thread.
#pragma once

#include <random>

#include "common/bytes.hpp"

namespace ndisk::fuzz {

class Mutation {
 public:
  explicit Mutation(std::uint64_t seed) : random_(seed) {}

  // 1 to 6 changes. `other` is what pieces are taken from.
  [[nodiscard]] Bytes change(Bytes input, const Bytes& other);

  // 0 to count - 1; 0 if count is 0.
  std::size_t below(std::size_t count) { return count == 0 ? 0 : random_() % count; }

 private:
  void change_once(Bytes& input, const Bytes& other);
  void insert(Bytes& input, const Bytes& from);

  std::mt19937_64 random_;
};

}  // namespace ndisk::fuzz
