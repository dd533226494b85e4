#include "client/json_line.hpp"

#include <nlohmann/json.hpp>

#include "common/bytes.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {

std::string to_base64(std::string_view bytes) {
  auto text = to_base64url(as_bytes(bytes));
  for (char& c : text) {
    if (c == '-') c = '+';
    if (c == '_') c = '/';
  }
  while (text.size() % 4 != 0) text.push_back('=');
  return text;
}

std::string to_json_line(const JsonFields& fields) {
  nlohmann::ordered_json object = nlohmann::ordered_json::object();
  for (const auto& [key, value] : fields) {
    std::visit([&](const auto& held) { object[key] = held; }, value);
  }
  return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

void add_name(JsonFields& fields, const std::string& key, std::string_view bytes) {
  fields.emplace_back(key, std::string(bytes));
  if (!is_utf8(bytes)) fields.emplace_back(key + "_base64", to_base64(bytes));
}

void add_path(JsonFields& fields, std::string_view path) { add_name(fields, "path", path); }

}  // namespace ndisk::client
