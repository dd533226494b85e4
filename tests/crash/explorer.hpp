// Explorer: tries every crash of a recording that its limits allow, on several threads.
#pragma once

#include "tests/crash/loss_choice.hpp"
#include "tests/crash/scenario.hpp"

namespace ndisk::crash {

struct ExploreLimits {
  LossLimits losses;
  // Logs that differ in what SQLite does not believe are one. The checksums that tell it are reckoned here too.
  DiskImage::LogTails log_tails = DiskImage::LogTails::kFolded;
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
  std::size_t most_pending = 0;
  std::vector<std::string> faults;
};

[[nodiscard]] Explored explore(const Recording& recording, const ExploreLimits& limits);

}  // namespace ndisk::crash
