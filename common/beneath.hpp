// Opens what lies below a folder that is open, and follows no symbolic link, neither on the way nor at the end: what
// was planted there since somebody looked leads nowhere. The same with openat2(2) and without it, where each part of
// the path is opened by itself.
//
// Any thread. Blocks as openat(2) does, and takes a second descriptor for the time of the call (EMFILE).
#pragma once

#include <sys/types.h>

#include <string>

namespace ndisk {

// `path` is names with a slash between each two; `flags` and `mode` are openat()'s, O_PATH only with O_DIRECTORY. The
// descriptor, which is the caller's to close, or -1 and errno: ELOOP for a link, EXDEV for an absolute path or one with
// a part "..", wherever that leads, else what openat() says. A call that a signal interrupted is made again.
[[nodiscard]] int open_beneath(int folder, const std::string& path, int flags, mode_t mode = 0);

}  // namespace ndisk
