// Where a download lands: what stands there already, folders, small files, attributes. Everything here blocks: not on
// the I/O thread. Any thread.
#pragma once

#include <string>

#include "client/transfer/source_file.hpp"

namespace ndisk::client {

enum class Existing : std::uint8_t {
  kNothing,
  kOther,      // a file to be replaced
  kSameSize,   // a file that may be identical
  kIdentical,  // a file with this content; only its attributes may differ
};

// Looks at the target of a file of `size` bytes. A folder there is kIsFolder; a device, socket or pipe kInvalid.
// Never kIdentical.
[[nodiscard]] Result<Existing> look_at_target(const std::string& path, std::uint64_t size);
// The same, and reads a file of the same size to tell whether it is identical.
[[nodiscard]] Result<Existing> examine_target(const std::string& path, std::uint64_t size, const Digest& sha256);

// Exactly this mode and mtime, whatever the umask.
[[nodiscard]] Result<void> apply_attributes(const std::string& path, const Stamp& stamp);
[[nodiscard]] Result<void> apply_attributes(int descriptor, const std::string& path, const Stamp& stamp);

// An existing folder is fine.
[[nodiscard]] Result<void> make_local_folder(const std::string& path);

// Writes the whole content beside the target and renames it into place.
[[nodiscard]] Result<void> place_small(const std::string& path, ByteView content, const Stamp& stamp);

// All of the bytes, at the descriptor's position.
[[nodiscard]] Result<void> write_fully(int descriptor, const std::string& path, ByteView bytes);

// The folder that a path is in: "." if it names none.
[[nodiscard]] std::string folder_of(const std::string& path);

}  // namespace ndisk::client
