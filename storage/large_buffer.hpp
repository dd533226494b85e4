// Buffers that are large: where there is no memory for one, the request that wanted it fails, and the server goes on.
#pragma once

#include <cerrno>
#include <new>

#include "storage/file_layer.hpp"

namespace ndisk::storage {

// Zeros. ENOMEM.
[[nodiscard]] inline DiskResult<Bytes> make_buffer(std::size_t size) {
  try {
    return Bytes(size);
  } catch (const std::bad_alloc&) {
    return std::unexpected(Errno{ENOMEM});
  }
}

}  // namespace ndisk::storage
