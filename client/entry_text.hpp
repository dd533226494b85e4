// A file, link or folder as a line or as an object. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "client/json_line.hpp"
#include "common/clock.hpp"
#include "common/digest.hpp"
#include "common/protocol/messages.hpp"

namespace ndisk::client {

// What is known of one version of a file or link.
struct FileFacts {
  std::string path;  // in the drive
  std::uint64_t size = 0;
  TimeNs mtime = 0;
  std::uint32_t mode = 0;
  Digest sha256{};
  std::uint64_t version = 0;
  wire::Kind kind = wire::FILE;
};

// "file", "folder" or "link".
[[nodiscard]] std::string kind_name(wire::Kind kind);

// {type: "file" or "link", path, size, mtime (ns since 1970), mode (a number), sha256 (hex), version}
[[nodiscard]] JsonFields file_fields(const FileFacts& facts);
// {type: "folder", path}
[[nodiscard]] JsonFields folder_fields(std::string_view path);
// What a listing says of an entry; `path` is where it is in the drive. A folder has mtime and mode, too; what is
// damaged on the server's disk says so.
[[nodiscard]] JsonFields entry_fields(const wire::Entry& entry, std::string_view path);
void add_totals(JsonFields& fields, const wire::Totals& totals);

// "-rw-r--r--"; folders have a 'd' in front, links an 'l'.
[[nodiscard]] std::string shown_mode(std::uint32_t mode, wire::Kind kind);
// "2024-05-06T07:08:09Z", rounded down.
[[nodiscard]] std::string shown_time(TimeNs time);
// The same with nine digits behind the seconds.
[[nodiscard]] std::string shown_exact_time(TimeNs time);
// As du -h has it: "0", "512", "1.5K", "23M"; powers of 1024, rounded up.
[[nodiscard]] std::string human_size(std::uint64_t bytes);
// A name as shown; folders end in '/'.
[[nodiscard]] std::string plain_line(const wire::Entry& entry);
// "-rw-r--r-- 12 2024-05-06T07:08:09Z name"; a folder has '-' for its size, what is damaged " (damaged)" behind it.
[[nodiscard]] std::string long_line(const wire::Entry& entry);

}  // namespace ndisk::client
