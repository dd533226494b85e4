// Which losses are tried at a boundary. Pure.
#pragma once

#include <random>

#include "tests/crash/operation.hpp"

namespace ndisk::crash {

struct LossLimits {
  std::size_t subsets_up_to = 10;  // all subsets, where no more than this is pending
  std::size_t most = SIZE_MAX;     // a boundary; what comes last in the list below is left out by lot
};

// In this order: nothing lost, all lost; then, in an order by lot: all writes lost and all names kept; every prefix of
// what is pending (the rest is lost; and once more with the first lost write torn, and once as zeros); every single
// loss in each of its ways; every pair; and every subset where few are pending.
[[nodiscard]] std::vector<Losses> choose_losses(const std::vector<Operation>& record,
                                                const std::vector<std::size_t>& pending, const LossLimits& limits,
                                                std::mt19937_64& random);

}  // namespace ndisk::crash
