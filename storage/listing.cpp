#include "storage/listing.hpp"

#include "common/shown_name.hpp"

namespace ndisk::storage {
namespace {

// What an entry is counted as beside its path: digest, times and numbers.
constexpr std::size_t kEntryBytes = 80;

Entry to_entry(std::string path, const NodeRow& node) {
  return {std::move(path), node.kind, node.size, node.attributes, node.version, node.sha256};
}

// Walks in order: a folder, then all that is in it, then the next entry. Between two pages only the path of the last
// entry is kept, so the walk starts by going down that path again; what was removed meanwhile does not disturb it.
class Walk {
 public:
  Walk(NodeTable nodes, const ListRequest& request) : nodes_(nodes), request_(request) {}

  ListPage run(std::int64_t folder) {
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
    if (!request_.recursive) {
      levels_.push_back({folder, request_.after, 0});
      return;
    }
    std::string_view rest = request_.after;
    for (;;) {
      const auto slash = rest.find('/');
      const std::string name(rest.substr(0, slash));
      levels_.push_back({folder, name, path_.size()});
      if (name.empty()) return;
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

  // Reads the deepest level up to its end, the next folder in it, or the end of the page.
  void read_level() {
    auto& level = levels_.back();
    path_.resize(level.path_bytes);
    auto query = nodes_.entries_after(level.folder, level.after);
    while (query.step()) {
      auto [name, node] = NodeTable::to_entry(query);
      std::string path = path_.empty() ? name : path_ + '/' + name;
      const auto bytes = path.size() + kEntryBytes;
      if (!page_.entries.empty() &&
          (page_.entries.size() >= request_.max_entries || bytes_ + bytes > request_.max_bytes)) {
        full_ = true;
        return;
      }
      bytes_ += bytes;
      level.after = std::move(name);
      page_.entries.push_back(to_entry(path, node));
      if (request_.recursive && node.kind == Kind::kFolder) {
        path_ = std::move(path);
        levels_.push_back({node.id, "", path_.size()});
        return;
      }
    }
    levels_.pop_back();
  }

  NodeTable nodes_;
  const ListRequest& request_;
  std::vector<Level> levels_;
  std::string path_;  // of the deepest level's folder
  std::size_t bytes_ = 0;
  bool full_ = false;
  ListPage page_;
};

}  // namespace

Result<ListPage> list_page(NodeTable nodes, const UserRow& user, const ListRequest& request) {
  if (request.path.is_root()) return Walk(nodes, request).run(user.root);
  const auto place = nodes.locate(user.root, request.path);
  if (!place.node) return fail(ErrorCode::kNotFound, shown_name(request.path.bytes()) + ": no such file or folder");
  if (place.node->kind == Kind::kFolder) return Walk(nodes, request).run(place.node->id);
  ListPage page;
  page.is_file = true;
  page.last = true;
  page.entries.push_back(to_entry(std::string(request.path.name()), *place.node));
  return page;
}

}  // namespace ndisk::storage
