// The server's own key and certificate in DATA/tls/. Blocks on disk.
#pragma once

#include <string>

#include "common/net/tls.hpp"
#include "storage/file_layer.hpp"

namespace ndisk::server {

// Reads tls/key.pem and tls/certificate.pem, or makes both at the first start: folder 0700, files 0600, synced before
// anybody is told the pin. kInvalid if one of them is no file, kNotFound if only one is there, kIo, kNoSpace; they are
// never overwritten.
[[nodiscard]] Result<net::ServerIdentity> load_or_make_identity(storage::FileLayer& files,
                                                                const std::string& data_directory);

}  // namespace ndisk::server
