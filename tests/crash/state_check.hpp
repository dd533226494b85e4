// Whether a drive gets over a crash: what is asked of each disk that a power cut may leave.
#pragma once

#include "tests/crash/scenario.hpp"

namespace ndisk::crash {

// A disk that is left when the power goes after `boundary` operations.
struct CrashState {
  std::size_t boundary = 0;
  DiskImage disk;
  bool tree_must_show = true;  // the disk kept what tree/ relies on
};

struct Verdict {
  std::optional<std::string> fault;  // nothing: it is well
  std::set<InodeId> looked_at;       // of the disk that was left: see SimulatedDisk::looked_at
};

// What is wrong with it. The drive is opened, and must show every change that was answered by
// then, whole, and of those that were under way each wholly or not at all. It is opened again, and nothing has changed.
// Then the changes of the last two phases are asked for again, and must come to what they would have come to without
// the crash; what was damaged is repaired, and what nobody refers to collected; and catalog, objects, uploads and tree
// must agree, with what no version leads to in the quarantine.
[[nodiscard]] Verdict check_state(const Recording& recording, CrashState state);

}  // namespace ndisk::crash
