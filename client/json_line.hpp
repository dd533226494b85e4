// JSON objects, one a line. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ndisk::client {

using JsonValue = std::variant<bool, std::int64_t, std::uint64_t, double, std::string>;
// In the order in which they are written.
using JsonFields = std::vector<std::pair<std::string, JsonValue>>;

// Without the newline. Bytes that are not UTF-8 become U+FFFD; see add_path for names that must survive.
[[nodiscard]] std::string to_json_line(const JsonFields& fields);

// RFC 4648 section 4, with padding.
[[nodiscard]] std::string to_base64(std::string_view bytes);

// Adds a name under `key`, and when the bytes are not UTF-8 KEY_base64 too (RFC 4648, with padding), which is exact.
void add_name(JsonFields& fields, const std::string& key, std::string_view bytes);
// Adds "path" (and "path_base64"): a path in the drive.
void add_path(JsonFields& fields, std::string_view path);

}  // namespace ndisk::client
