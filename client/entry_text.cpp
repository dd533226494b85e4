#include "client/entry_text.hpp"

#include <fmt/format.h>

#include <ctime>

#include "common/shown_name.hpp"

namespace ndisk::client {

JsonFields file_fields(const FileFacts& facts) {
  JsonFields fields{{"type", std::string("file")}};
  add_path(fields, facts.path);
  fields.emplace_back("size", facts.size);
  fields.emplace_back("mtime", std::int64_t{facts.mtime});
  fields.emplace_back("mode", std::uint64_t{facts.mode});
  fields.emplace_back("sha256", to_hex(facts.sha256));
  fields.emplace_back("version", facts.version);
  return fields;
}

JsonFields folder_fields(std::string_view path) {
  JsonFields fields{{"type", std::string("folder")}};
  add_path(fields, path);
  return fields;
}

std::string shown_mode(std::uint32_t mode, bool is_folder) {
  constexpr std::string_view kAll = "rwxrwxrwx";
  std::string text(1, is_folder ? 'd' : '-');
  for (std::size_t i = 0; i < kAll.size(); ++i) {
    const bool set = (mode >> (kAll.size() - 1 - i) & 1) != 0;
    text.push_back(set ? kAll[i] : '-');
  }
  return text;
}

std::string shown_time(TimeNs time) {
  std::time_t seconds = time / kSecondNs;
  if (time % kSecondNs < 0) --seconds;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::string plain_line(const wire::Entry& entry) {
  return shown_name(entry.path()) + (entry.kind() == wire::FOLDER ? "/" : "");
}

std::string long_line(const wire::Entry& entry) {
  if (entry.kind() == wire::FOLDER) return fmt::format("{} - - {}", shown_mode(0755, true), plain_line(entry));
  return fmt::format("{} {} {} {}", shown_mode(entry.attributes().mode(), false), entry.size(),
                     shown_time(entry.attributes().mtime_ns()), plain_line(entry));
}

}  // namespace ndisk::client
