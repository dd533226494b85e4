// Explorer: tries every crash of a recording that its limits allow, on several threads.
#pragma once

#include "tests/crash/fingerprints.hpp"
#include "tests/crash/loss_choice.hpp"
#include "tests/crash/scenario.hpp"

namespace ndisk::crash {

struct ExploreLimits {
  LossLimits losses;
  Folding folding;  // which disks are one
  // Disks that differ only in files that the check of one of them neither read nor changed, from the crash to the end,
  // are one: the others would go the same way. One of `doubt` such crashes is checked all the same, if its disk was
  // not; 0: none.
  bool folds_unread = true;
  unsigned doubt = 1'000;
  unsigned share = 1;      // one of so many boundaries is tried, by lot
  std::uint64_t seed = 1;  // of what is chosen where not all is tried
  unsigned threads = 1;
  std::size_t most_faults = 5;           // then it stops
  std::size_t only_boundary = SIZE_MAX;  // just this one
};

struct Explored {
  std::size_t boundaries = 0;
  std::size_t losses = 0;  // crashes thought of
  std::size_t disks = 0;   // different ones among them, each of them tried
  std::size_t unread = 0;  // crashes whose disks differ from one of these only in what nobody read
  std::size_t most_pending = 0;
  std::vector<std::string> faults;
};

[[nodiscard]] Explored explore(const Recording& recording, const ExploreLimits& limits);

}  // namespace ndisk::crash
