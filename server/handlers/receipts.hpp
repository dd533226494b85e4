// Answers to uploads, with their receipts signed.
#pragma once

#include "server/handlers/handlers.hpp"

namespace ndisk::server {

// Committed, or the error.
void answer_committed(Request& request, const Result<storage::Committed>& committed);

}  // namespace ndisk::server
