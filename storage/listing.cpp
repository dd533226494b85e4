#include "storage/listing.hpp"

#include "common/shown_name.hpp"
#include "storage/damage_marks.hpp"
#include "storage/entry_filter.hpp"
#include "storage/table_folders.hpp"
#include "storage/table_nodes.hpp"

namespace ndisk::storage {
namespace {

// What an entry is counted as beside its path: digest, times and numbers.
constexpr std::size_t kEntryBytes = 80;

// Turns nodes into entries, or into nothing where the filter says so.
class Picker {
 public:
  Picker(Database& database, const UserRow& user, const ListRequest& request)
      : folders_(database), damage_(database, user.id), request_(request) {}

  std::optional<Entry> pick(std::string_view path, std::string_view name, const NodeRow& node) {
    const auto& filter = request_.filter;
    std::optional<Totals> totals;
    const bool wanted = request_.with_totals && node.kind == Kind::kFolder;
    if (wanted || (filter && needs_totals(*filter, node))) totals = folders_.find(node.id).value_or(Totals{});
    if (filter && !shows(*filter, name, node, totals)) return std::nullopt;
    if (!wanted) totals.reset();
    return Entry{std::string(path), node.kind,   node.size, node.attributes,
                 node.version,      node.sha256, totals,    damage_.is_damaged(node)};
  }

 private:
  FolderTable folders_;
  DamageMarks damage_;
  const ListRequest& request_;
};

// Walks in order: a folder, then all that is in it, then the next entry. Between two pages only the path of the last
// entry is kept, so the walk starts by going down that path again; what was removed meanwhile does not disturb it.
class Walk {
 public:
  Walk(Database& database, const UserRow& user, const ListRequest& request)
      : nodes_(database), picker_(database, user, request), request_(request) {}

  ListPage run(std::int64_t folder) {
    page_.reached = request_.after;
    start(folder);
    while (!levels_.empty() && !full_) read_level();
    page_.last = !full_;
    return std::move(page_);
  }

 private:
  struct Level {
    std::int64_t folder = 0;
    std::string after;           // the last name that is done
    std::size_t path_bytes = 0;  // of the folder's path in path_
  };

  void start(std::int64_t folder) {
    std::string_view rest = request_.after;
    for (;;) {
      const auto slash = rest.find('/');
      const std::string name(rest.substr(0, slash));
      levels_.push_back({folder, name, path_.size()});
      if (name.empty() || !may_go_down()) return;
      const auto node = nodes_.find(folder, name);
      if (!node || node->kind != Kind::kFolder) return;
      folder = node->id;
      path_.append(path_.empty() ? "" : "/").append(name);
      if (slash == rest.npos) {
        levels_.push_back({folder, "", path_.size()});
        return;
      }
      rest.remove_prefix(slash + 1);
    }
  }

  [[nodiscard]] bool may_go_down() const {
    return request_.recursive && (request_.max_depth == 0 || levels_.size() < request_.max_depth);
  }

  // Reads the deepest level up to its end, the next folder in it, or the end of the page.
  void read_level() {
    auto& level = levels_.back();
    path_.resize(level.path_bytes);
    auto query = request_.folders_only ? nodes_.folders_after(level.folder, level.after)
                                       : nodes_.entries_after(level.folder, level.after);
    while (query.step()) {
      if (visited_ > 0 && visited_ >= request_.max_visited) full_ = true;
      if (full_) return;
      auto [name, node] = NodeTable::to_entry(query);
      path_.resize(level.path_bytes);
      path_.append(path_.empty() ? "" : "/").append(name);
      add(name, node);
      if (full_) return;
      level.after = std::move(name);
      if (node.kind == Kind::kFolder && may_go_down()) {
        levels_.push_back({node.id, "", path_.size()});
        return;
      }
    }
    levels_.pop_back();
  }

  // Unless the page has no room for it.
  void add(std::string_view name, const NodeRow& node) {
    auto entry = picker_.pick(path_, name, node);
    const auto bytes = path_.size() + kEntryBytes;
    full_ = entry && !page_.entries.empty() &&
            (page_.entries.size() >= request_.max_entries || bytes_ + bytes > request_.max_bytes);
    if (full_) return;
    ++visited_;
    page_.reached = path_;
    if (!entry) return;
    bytes_ += bytes;
    page_.entries.push_back(std::move(*entry));
  }

  NodeTable nodes_;
  Picker picker_;
  const ListRequest& request_;
  std::vector<Level> levels_;
  std::string path_;  // of the entry at hand, or of the deepest level's folder
  std::size_t bytes_ = 0;
  std::size_t visited_ = 0;
  bool full_ = false;
  ListPage page_;
};

ListPage page_of_file(Database& database, const UserRow& user, const ListRequest& request, const NodeRow& node) {
  ListPage page;
  page.is_file = true;
  page.last = true;
  page.reached = request.path.name();
  if (request.folders_only) return page;
  auto entry = Picker(database, user, request).pick(request.path.name(), request.path.name(), node);
  if (entry) page.entries.push_back(std::move(*entry));
  return page;
}

}  // namespace

Result<ListPage> list_page(Database& database, const UserRow& user, const ListRequest& request) {
  if (request.path.is_root()) return Walk(database, user, request).run(user.root);
  const auto place = NodeTable(database).locate(user.root, request.path);
  if (!place.node) return fail(ErrorCode::kNotFound, shown_name(request.path.bytes()) + ": no such file or folder");
  if (place.node->kind == Kind::kFolder) return Walk(database, user, request).run(place.node->id);
  return page_of_file(database, user, request, *place.node);
}

}  // namespace ndisk::storage
