#include "client/entry_text.hpp"

#include <fmt/format.h>

#include <ctime>

#include "common/shown_name.hpp"

namespace ndisk::client {

std::string kind_name(wire::Kind kind) {
  return kind == wire::FOLDER ? "folder" : kind == wire::LINK ? "link" : "file";
}

JsonFields file_fields(const FileFacts& facts) {
  JsonFields fields{{"type", kind_name(facts.kind)}};
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

JsonFields entry_fields(const wire::Entry& entry, std::string_view path) {
  if (entry.kind() == wire::FOLDER) {
    auto fields = folder_fields(path);
    fields.emplace_back("mtime", std::int64_t{entry.attributes().mtime_ns()});
    fields.emplace_back("mode", std::uint64_t{entry.attributes().mode()});
    return fields;
  }
  FileFacts facts{.path = std::string(path),
                  .size = entry.size(),
                  .mtime = entry.attributes().mtime_ns(),
                  .mode = entry.attributes().mode(),
                  .version = entry.version(),
                  .kind = entry.kind()};
  if (const auto digest = protocol::digest_field(entry.sha256()); digest) facts.sha256 = *digest;
  auto fields = file_fields(facts);
  if (entry.damaged()) fields.emplace_back("damaged", true);
  return fields;
}

void add_totals(JsonFields& fields, const wire::Totals& totals) {
  fields.emplace_back("files", totals.files());
  fields.emplace_back("folders", totals.folders());
  fields.emplace_back("bytes", totals.bytes());
}

std::string shown_mode(std::uint32_t mode, wire::Kind kind) {
  constexpr std::string_view kAll = "rwxrwxrwx";
  std::string text(1, kind == wire::FOLDER ? 'd' : kind == wire::LINK ? 'l' : '-');
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

std::string shown_exact_time(TimeNs time) {
  auto text = shown_time(time);
  text.pop_back();
  const auto nanoseconds = (time % kSecondNs + kSecondNs) % kSecondNs;
  return text + fmt::format(".{:09}Z", nanoseconds);
}

std::string human_size(std::uint64_t bytes) {
  constexpr std::string_view kUnits = "KMGTPE";
  if (bytes < 1024) return std::to_string(bytes);
  std::size_t unit = 0;
  std::uint64_t scale = 1024;
  while (unit + 1 < kUnits.size() && bytes / 1024 >= scale) {
    scale *= 1024;
    ++unit;
  }
  const auto rest = bytes % scale;
  const auto whole = bytes / scale + (rest != 0 ? 1 : 0);
  const auto tenths = bytes / scale * 10 + (rest * 10 + scale - 1) / scale;
  if (tenths < 100) return fmt::format("{}.{}{}", tenths / 10, tenths % 10, kUnits[unit]);
  if (whole == 1024 && unit + 1 < kUnits.size()) return fmt::format("1.0{}", kUnits[unit + 1]);
  return fmt::format("{}{}", whole, kUnits[unit]);
}

std::string plain_line(const wire::Entry& entry) {
  return shown_name(entry.path()) + (entry.kind() == wire::FOLDER ? "/" : "");
}

std::string long_line(const wire::Entry& entry) {
  const auto size = entry.kind() == wire::FOLDER ? "-" : std::to_string(entry.size());
  return fmt::format("{} {} {} {}{}", shown_mode(entry.attributes().mode(), entry.kind()), size,
                     shown_time(entry.attributes().mtime_ns()), plain_line(entry), entry.damaged() ? " (damaged)" : "");
}

}  // namespace ndisk::client
