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

// Adds "path", and when the bytes are not UTF-8 "path_base64" too (RFC 4648, with padding), which is exact.
void add_path(JsonFields& fields, std::string_view path);

}  // namespace ndisk::client
