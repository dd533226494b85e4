// A drive of the first format, as an older server left it. Made without any code of that server but its schema.
#pragma once

#include "tests/crash/disk_image.hpp"

namespace ndisk::crash {

// a/one (two versions), a/b/two, three, and gone/four in the trash. Throws if it can't be made.
[[nodiscard]] DiskImage drive_of_first_format();

}  // namespace ndisk::crash
