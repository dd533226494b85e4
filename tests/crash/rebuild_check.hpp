// Whether a rebuild gets over a crash: what is asked of each disk that a power cut may leave while one goes on, or
// after it.
#pragma once

#include "tests/crash/state_check.hpp"

namespace ndisk::crash {

// As `ndiskd rebuild --force`; nobody has the drive open.
[[nodiscard]] Result<void> rebuild_catalog(SimulatedDisk& disk);

// A disk without a catalog is refused by a start, and nothing there is removed by it. One with a catalog opens, and
// shows the drive as it was before or as the rebuild made it, with all content. Unless it is the new one, the rebuild
// is done again; then the drive must show what it would have shown without the crash, the same when it is opened once
// more and after a collection; fsck finds nothing; and every content that was in the objects is there or in the
// quarantine.
[[nodiscard]] Verdict check_rebuilt(const Recording& recording, CrashState state);

}  // namespace ndisk::crash
