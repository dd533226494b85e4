// The serve command: everything a running server is made of, from opening the data directory to the last goodbye.
#pragma once

#include "common/error.hpp"
#include "server/options.hpp"

namespace ndisk::server {

// Serves until SIGTERM or SIGINT. Standard output: the invite of a first start, then a line "ready ADDR:PORT" for each
// listening address. Errors are those of starting; a clean stop is success.
[[nodiscard]] Result<void> serve(const std::string& data_directory, const ServeCommand& command);

}  // namespace ndisk::server
