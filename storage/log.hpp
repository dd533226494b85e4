// What storage/ has to say that no caller is there to hear: one line an event, through the process's logger. Any
// thread.
#pragma once

#include <string_view>

namespace ndisk::storage {

void log_debug(std::string_view line);
void log_warning(std::string_view line);

}  // namespace ndisk::storage
