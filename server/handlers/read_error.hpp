// What a handler says of content that could not be read. The session's I/O thread.
#pragma once

#include "server/handlers/handlers.hpp"
#include "storage/drive.hpp"

namespace ndisk::server {

// Answers with the error. What the disk can't read is noted in the drive before, so that the same content takes its
// place when it comes again.
net::Task<> answer_read_error(Request& request, const storage::FileReader& file, Error error);

}  // namespace ndisk::server
