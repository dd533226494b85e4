// What a handler does about content that could not be read. The session's I/O thread.
#pragma once

#include "server/handlers/handlers.hpp"
#include "storage/drive.hpp"

namespace ndisk::server {

// What the disk can't read (kIo) is noted in the drive, so that the same content takes its place when it comes again.
net::Task<> note_read_error(Request& request, const storage::FileReader& file, Error error);
// The same, and answers with the error.
net::Task<> answer_read_error(Request& request, const storage::FileReader& file, Error error);

}  // namespace ndisk::server
