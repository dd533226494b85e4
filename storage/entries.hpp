// What stands in a drive, and how it is asked for. Values; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/clock.hpp"
#include "common/digest.hpp"
#include "common/remote_path.hpp"

namespace ndisk::storage {

// A link is a file in every respect but one: its content is the target of a symbolic link.
enum class Kind : std::uint8_t { kFile = 1, kFolder = 2, kLink = 3 };

inline constexpr std::uint64_t kMaxLinkBytes = 4096;

struct Attributes {
  TimeNs mtime = 0;
  std::uint32_t mode = 0644;  // & 0777

  friend bool operator==(const Attributes&, const Attributes&) = default;
};

// All that is below a folder, at any depth.
struct Totals {
  std::uint64_t files = 0;    // links included
  std::uint64_t folders = 0;  // without itself
  std::uint64_t bytes = 0;    // sizes of the current versions added

  friend bool operator==(const Totals&, const Totals&) = default;
};

struct Entry {
  std::string path;  // relative to the listed folder; bytes
  Kind kind = Kind::kFile;
  std::uint64_t size = 0;
  Attributes attributes;
  std::uint64_t version = 0;
  Digest sha256{};
  std::optional<Totals> totals;  // of a folder, if they were asked for
  bool damaged = false;          // its content on disk is not what was stored: the same content, put again, heals it
};

// An entry is shown if every condition that is set holds.
struct Filter {
  std::vector<std::string> names;         // globs (common/glob.hpp): one of them matches the name
  std::vector<Kind> kinds;                // one of these
  std::optional<std::uint64_t> min_size;  // with max_size: files and links only
  std::optional<std::uint64_t> max_size;
  std::optional<TimeNs> newer_than;  // mtime after this
  std::optional<TimeNs> older_than;  // mtime before this
  bool empty = false;                // files of no bytes, folders with nothing in them
};

struct ListRequest {
  RemotePath path;
  bool recursive = false;  // folders come before what is in them
  std::string after;       // relative path of the last entry that is already known; empty: from the start
  std::size_t max_entries = 1024;
  std::size_t max_bytes = 48 * 1024;    // of paths, and 80 for each entry; a page holds one entry at least
  std::size_t max_visited = 16 * 1024;  // entries that the filter is asked about; then the page ends
  std::optional<Filter> filter;
  bool with_totals = false;
  std::uint32_t max_depth = 0;  // of a recursive listing; 1: the folder's own entries; 0: no limit
  bool folders_only = false;    // found without going through the files
};

struct ListPage {
  std::vector<Entry> entries;  // each folder's entries in byte order of their names
  std::string reached;         // the `after` that the next page starts with
  bool is_file = false;        // the path is a file or a link: entries holds just it, if it is to be shown, by its name
  bool last = false;           // nothing comes after
};

struct Status {
  Entry entry;         // its path is the path that was asked for; of a folder with totals
  TimeNs created = 0;  // when the current version was made; the rest is of files and links too
  std::string device_name;
  std::uint64_t versions = 0;  // that are kept, the current one included
  std::uint64_t change = 0;    // of the current version
};

}  // namespace ndisk::storage
