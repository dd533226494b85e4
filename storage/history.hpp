// What was there before: earlier versions and the trash, and the changes that bring them back. Values; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "storage/entries.hpp"

namespace ndisk::storage {

struct VersionSummary {
  std::uint64_t version = 0;
  Kind kind = Kind::kFile;
  std::uint64_t size = 0;
  Attributes attributes;
  Digest sha256{};
  TimeNs created = 0;
  std::string device_name;
  std::uint64_t change = 0;
  bool current = false;
  bool damaged = false;  // its content on disk is not what was stored: the same content, put again, heals it
};

struct TrashItem {
  std::uint64_t id = 0;
  std::string path;  // where it was
  Kind kind = Kind::kFile;
  TimeNs removed = 0;
  std::string device_name;
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  TimeNs expires = 0;  // it is kept until then at least
};

// What is kept, and how long: each line is a promise, and the collector frees only what none of them covers.
struct Retention {
  TimeNs trash = 30 * 24 * 3600 * kSecondNs;  // since the removal
  std::uint64_t versions = 10;                // of each file, besides the current one
  TimeNs version_age = 0;                     // every version this long after it was replaced
};

}  // namespace ndisk::storage
