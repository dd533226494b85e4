// Changes that are answered with Done.
#pragma once

#include "server/handlers/drive_call.hpp"
#include "server/handlers/handlers.hpp"

namespace ndisk::server {

void answer_done(Stream& stream, const Result<std::uint64_t>& change);
// Done names where the thing is now.
void answer_done(Stream& stream, const Result<storage::Placed>& placed);
void answer_done(Stream& stream, const Result<void>& done);

}  // namespace ndisk::server
