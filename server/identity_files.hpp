// The server's own key and certificate in DATA/tls/. Blocks on disk.
#pragma once

#include <string>

#include "common/net/tls.hpp"

namespace ndisk::server {

// Reads tls/key.pem and tls/certificate.pem, or makes both at the first start: folder 0700, files 0600, synced before
// anybody is told the pin. kInvalid if only one is there or they can't be read; they are never overwritten.
[[nodiscard]] Result<net::ServerIdentity> load_or_make_identity(const std::string& data_directory);

}  // namespace ndisk::server
