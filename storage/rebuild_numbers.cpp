#include "storage/rebuild_numbers.hpp"

#include <algorithm>

#include "storage/sqlite.hpp"

namespace ndisk::storage {
namespace {

constexpr std::string_view kAside = ".damaged-";
// Whoever reads JSON takes no higher ones for exact, and no clock gives them before 2255: one in a catalog is damage.
constexpr std::int64_t kHighest = (std::int64_t{1} << 53) - 1;
// Each by itself: what is damaged need not be all.
constexpr const char* kNumbers[] = {
    "SELECT seq FROM sqlite_sequence WHERE name = 'versions'",
    "SELECT max(id) FROM versions",
    "SELECT max(change) FROM users",
};

std::int64_t highest_number(const std::string& path, DatabaseMode mode, const std::string& vfs) {
  const auto catalog = Database::open(path, mode, vfs);
  if (!catalog) return 0;
  if (mode == DatabaseMode::kExisting) (*catalog)->keep_log_at_close(true);
  std::int64_t highest = 0;
  for (const char* sql : kNumbers) {
    {
      auto query = (*catalog)->query(sql);
      if (query.step() && query.integer(0) <= kHighest) highest = std::max(highest, query.integer(0));
    }
    static_cast<void>((*catalog)->take_error());  // others may be readable
  }
  return highest;
}

bool has_bytes(FileLayer& files, int root, const std::string& name) {
  const auto status = files.status_at(root, name);
  return status && status->type == FileType::kFile && status->size > 0;
}

// SQLite would remove the log of an empty database, and play a journal back.
bool has_readable_log(FileLayer& files, int root, const std::string& name) {
  return has_bytes(files, root, name + "-wal") && !has_bytes(files, root, name + "-journal");
}

bool is_catalog(std::string_view name) {
  const std::string_view own = DataDirectory::kCatalogName;
  if (!name.starts_with(own)) return false;
  name.remove_prefix(own.size());
  if (name.empty()) return true;
  return name.starts_with(kAside) && name.find('-', kAside.size()) == name.npos;  // not its log
}

}  // namespace

Result<std::uint64_t> find_first_number(FileLayer& files, const DataDirectory& directory, const std::string& vfs,
                                        TimeNs now) {
  const int root = directory.root.get();
  std::int64_t first = std::max<std::int64_t>(now / 1'000, 0);
  const auto look_at = [&](const std::string& name, DatabaseMode mode) {
    first = std::max(first, 1 + highest_number(directory.path + "/" + name, mode, vfs));
  };
  const auto visited = files.visit_names(root, [&](const std::string& name) {
    if (!is_catalog(name) || !has_bytes(files, root, name)) return true;
    look_at(name, DatabaseMode::kWithoutLog);
    if (has_readable_log(files, root, name)) look_at(name, DatabaseMode::kExisting);
    return true;
  });
  if (!visited) return fail_disk(visited.error(), "read", directory.path);
  return static_cast<std::uint64_t>(first);
}

}  // namespace ndisk::storage
