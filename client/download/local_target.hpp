// What stands where a download is to land. Links are never followed: what stands at a path is the link itself.
// Everything here blocks: not on the I/O thread. Any thread.
#pragma once

#include <string>

#include "client/transfer/source_file.hpp"

namespace ndisk::client {

// What is to stand there: a file, or a symbolic link, whose content is its target.
struct Wanted {
  Stamp stamp;
  Digest sha256{};
  bool is_link = false;
};

enum class Existing : std::uint8_t {
  kNothing,
  kOther,      // a file or link to be replaced
  kSameSize,   // a file that may be identical
  kIdentical,  // has this content; only its attributes may differ
  kUnchanged,  // has this size and mtime, and was not read; only its mode may differ
};

// Never kSameSize of a link, which is read. kUnchanged only with `trust_time`. A folder there is kIsFolder; a device,
// socket or pipe kInvalid.
[[nodiscard]] Result<Existing> look_at_target(const std::string& path, const Wanted& wanted, bool trust_time);
// The same, and reads a file of the same size to tell whether it is identical: never kSameSize.
[[nodiscard]] Result<Existing> examine_target(const std::string& path, const Wanted& wanted, bool trust_time);

// Where a file or link can't take the place of a folder.
[[nodiscard]] std::unexpected<Error> fail_over_folder(const std::string& path);

// Whether mode and mtime of what stands there are these; of a link only the mtime counts.
[[nodiscard]] bool has_attributes(const std::string& path, const Wanted& wanted);

// Whether anything has that name, a link that leads nowhere included.
[[nodiscard]] bool stands_there(const std::string& path);

// The folder that a path is in: "." if it names none.
[[nodiscard]] std::string folder_of(const std::string& path);

}  // namespace ndisk::client
