// A file or folder as a line or as an object. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "client/json_line.hpp"
#include "common/clock.hpp"
#include "common/digest.hpp"
#include "common/protocol/messages.hpp"

namespace ndisk::client {

// What is known of one version of a file.
struct FileFacts {
  std::string path;  // in the drive
  std::uint64_t size = 0;
  TimeNs mtime = 0;
  std::uint32_t mode = 0;
  Digest sha256{};
  std::uint64_t version = 0;
};

// {type: "file", path, size, mtime (ns since 1970), mode (a number), sha256 (hex), version}
[[nodiscard]] JsonFields file_fields(const FileFacts& facts);
[[nodiscard]] JsonFields folder_fields(std::string_view path);

// "-rw-r--r--"; folders have a 'd' in front.
[[nodiscard]] std::string shown_mode(std::uint32_t mode, bool is_folder);
// "2024-05-06T07:08:09Z", rounded down.
[[nodiscard]] std::string shown_time(TimeNs time);
// The name as shown; folders end in '/'.
[[nodiscard]] std::string plain_line(const wire::Entry& entry);
// "-rw-r--r-- 12 2024-05-06T07:08:09Z name"; a folder has '-' for what it has not.
[[nodiscard]] std::string long_line(const wire::Entry& entry);

}  // namespace ndisk::client
