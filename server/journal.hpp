// Whether what this process prints ends in systemd's log, where a secret would stay for everybody who may read logs.
//
// Any thread; looks at the environment.
#pragma once

#include <string_view>

namespace ndisk::server {

// JOURNAL_STREAM, as systemd sets it ("DEVICE:INODE"), names this descriptor's file.
[[nodiscard]] bool is_journal(std::string_view journal_stream, int descriptor);

// Standard output is the journal, or this is the main process of a service and its output goes to no terminal.
[[nodiscard]] bool output_is_logged();

}  // namespace ndisk::server
