// The table nodes: the folders and files of every drive, current state only. See sqlite.hpp for errors. One thread at
// a time.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/remote_path.hpp"
#include "storage/drive.hpp"
#include "storage/sqlite.hpp"

namespace ndisk::storage {

struct NodeRow {
  std::int64_t id = 0;
  Kind kind = Kind::kFile;
  std::uint64_t size = 0;
  Attributes attributes;
  std::uint64_t version = 0;
  Digest sha256{};
};

// The parent of what waits for the collector; no node and no root has this id.
inline constexpr std::int64_t kNoParent = 0;

struct NamedNode {
  std::string name;
  NodeRow node;
};

// Where a path leads. `parts` are views into the path.
struct Place {
  std::vector<std::string_view> parts;
  std::size_t existing = 0;     // how many of the parents exist
  std::int64_t folder = 0;      // the deepest of them
  bool parent_is_file = false;  // the next part is a file
  std::optional<NodeRow> node;  // what stands at the path; never set for the root
  [[nodiscard]] bool has_all_parents() const { return existing + 1 >= parts.size(); }
};

// Where a node stands, found by its id.
struct FoundNode {
  std::int64_t parent = kNoParent;
  std::string name;
  NodeRow node;
};

class NodeTable {
 public:
  explicit NodeTable(Database& database) : database_(database) {}

  [[nodiscard]] std::optional<NodeRow> find(std::int64_t parent, std::string_view name);
  [[nodiscard]] std::optional<FoundNode> find_by_id(std::int64_t id);
  // Goes up from a node, to itself first: `visit` gets the name of each and the folder that holds it, until it returns
  // false or there is no row. False: never, as they stand in each other.
  template <class Visit>
  [[nodiscard]] bool climb(std::int64_t id, Visit visit) {
    // A name has a byte at least, so what stands in a drive or a trash can't be deeper.
    for (std::size_t step = 0; step <= kMaxPathBytes; ++step) {
      auto query = database_.query("SELECT parent, name FROM nodes WHERE id = ?", id);
      if (!query.step()) return true;
      id = query.integer(0);
      if (!visit(query.bytes(1), id)) return true;
    }
    return false;
  }
  // The folder that holds it, and how long its own name is; kNoParent: none, because it is a root or there is no such
  // node.
  struct Above {
    std::int64_t parent = kNoParent;
    std::uint64_t name_bytes = 0;
  };
  [[nodiscard]] Above step_up(std::int64_t id);
  // Bytes of the longest path below a folder, relative to it; 0 if it is empty. Looks at all that is below.
  [[nodiscard]] std::uint64_t longest_below(std::int64_t folder);
  // The bytes of the paths below a folder, relative to it, and how many have so many. Looks at all that is below.
  void visit_lengths_below(std::int64_t folder, const std::function<void(std::uint64_t, std::uint64_t)>& visit);
  // From a root down to the node. Nothing: it is not below that root.
  [[nodiscard]] std::optional<std::string> path_of(std::int64_t root, std::int64_t id);
  // What a node is called below the trash.
  [[nodiscard]] static std::string trash_name(std::int64_t id) { return std::to_string(id); }
  [[nodiscard]] Place locate(std::int64_t root, const RemotePath& path);
  // The first entries of a folder in byte order of their names, after a name ("" for all); the caller steps.
  [[nodiscard]] Query entries_after(std::int64_t folder, std::string_view name);
  // The same of its folders only, found without going through the files.
  [[nodiscard]] Query folders_after(std::int64_t folder, std::string_view name);
  [[nodiscard]] static NamedNode to_entry(const Query& query);

  void insert(std::int64_t parent, std::string_view name, const NodeRow& row);
  // What stands there gets another content, kind or attributes.
  void update(std::int64_t parent, std::string_view name, const NodeRow& row);
  void move(std::int64_t parent, std::string_view name, std::int64_t to_parent, std::string_view to_name);
  void remove(std::int64_t parent, std::string_view name);

 private:
  Database& database_;
};

}  // namespace ndisk::storage
