// What the handlers of administration have in common.
#pragma once

#include "server/handlers/handlers.hpp"

namespace ndisk::server {

// False, and NOT_ALLOWED is answered, if the session did not come over the Unix socket.
[[nodiscard]] bool check_administrator(const Request& request);

}  // namespace ndisk::server
