// Which losses are tried at a boundary. Pure.
#pragma once

#include <random>

#include "tests/crash/operation.hpp"

namespace ndisk::crash {

struct LossLimits {
  std::size_t subsets_up_to = 10;  // all subsets, where no more than this is pending
  std::size_t most = SIZE_MAX;     // a boundary; what comes last in the list below is left out by lot
};

// The crashes of a boundary, by number. In this order: nothing lost, all lost; then, in an order by lot: all writes
// lost and all names kept; every prefix of what is pending (the rest is lost; and once more with the first lost write
// torn, and once as zeros); every single loss in each of its ways; every pair; and every subset where few are pending.
class LossChoice {
 public:
  // Record and pending must outlive it.
  LossChoice(const std::vector<Operation>& record, const std::vector<std::size_t>& pending, const LossLimits& limits,
             std::mt19937_64& random);

  [[nodiscard]] std::size_t size() const { return crashes_.size(); }
  [[nodiscard]] Losses at(std::size_t number) const;

 private:
  // A crash in short: there may be many thousands to choose from.
  struct Crash {
    enum class Kind : std::uint8_t { kNone, kFrom, kWrites, kSingle, kPair, kSubset };
    Kind kind = Kind::kNone;
    Loss way = Loss::kGone;
    std::uint32_t first = 0;   // an index among the pending; of a subset: its bits
    std::uint32_t second = 0;  // of a pair
  };

  void add(Crash::Kind kind, Loss way, std::size_t first, std::size_t second = 0);
  void add_prefixes();
  void add_singles();
  void add_pairs();
  void add_subsets();
  [[nodiscard]] bool is_write(std::size_t index) const;
  [[nodiscard]] Losses all_from(std::size_t index, Loss way) const;
  [[nodiscard]] Losses all_writes(Loss way) const;
  [[nodiscard]] Losses subset(std::uint32_t bits) const;

  const std::vector<Operation>& record_;
  const std::vector<std::size_t>& pending_;
  std::vector<Crash> crashes_;
};

}  // namespace ndisk::crash
