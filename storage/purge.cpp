#include "storage/purge.hpp"

#include <iterator>
#include <limits>

#include "storage/table_folders.hpp"
#include "storage/table_replaced.hpp"
#include "storage/table_versions.hpp"

namespace ndisk::storage {
namespace {

// One step's work on what is doomed.
class Purge {
 public:
  Purge(WriteContext& context, int limit) : context_(context), left_(limit) {}

  Step run() {
    while (left_ > 0) {
      const auto doomed = children_of(kNoParent, 1);
      if (doomed.empty()) return step_;
      purge(kNoParent, doomed.front());
    }
    step_.more = true;
    return step_;
  }

 private:
  void purge(std::int64_t parent, const NamedNode& doomed) {
    if (doomed.node.kind == Kind::kFolder) {
      purge_folder(parent, doomed);
    } else if (purge_versions(doomed.node.id)) {
      remove(parent, doomed);
    }
  }

  // Its files go, its folders become doomed ones of their own: so no depth needs a memory. It goes when it is empty.
  void purge_folder(std::int64_t parent, const NamedNode& folder) {
    const auto children = children_of(folder.node.id, left_);
    for (const auto& child : children) {
      if (left_ <= 0) return;
      if (child.node.kind == Kind::kFolder) {
        context_.nodes.move(folder.node.id, child.name, kNoParent, NodeTable::trash_name(child.node.id));
        --left_;
      } else {
        purge(folder.node.id, child);
      }
    }
    if (children.empty()) remove(parent, folder);
  }

  // False if some are left for the next step.
  bool purge_versions(std::int64_t node) {
    VersionTable versions(context_.database);
    constexpr std::uint64_t kAll = std::numeric_limits<std::int64_t>::max();
    for (const auto& version : versions.oldest(node, kAll, left_)) {
      versions.remove(version);
      ++step_.versions;
      --left_;
    }
    return left_ > 0;
  }

  void remove(std::int64_t parent, const NamedNode& doomed) {
    ReplacedTable(context_.database).remove(doomed.node.id);
    FolderTable(context_.database).remove(doomed.node.id);
    context_.nodes.remove(parent, doomed.name);
    ++step_.nodes;
    --left_;
  }

  std::vector<NamedNode> children_of(std::int64_t folder, int limit) {
    std::vector<NamedNode> children;
    auto query = context_.nodes.entries_after(folder, "");
    while (std::ssize(children) < limit && query.step()) children.push_back(NodeTable::to_entry(query));
    return children;
  }

  WriteContext& context_;
  int left_;
  Step step_;
};

// Roots have no rows of their own until they are to go.
void doom_root(WriteContext& context, std::int64_t root) {
  const auto name = NodeTable::trash_name(root);
  if (context.nodes.find(kNoParent, name)) return;
  NodeRow row;
  row.id = root;
  row.kind = Kind::kFolder;
  context.nodes.insert(kNoParent, name, row);
}

}  // namespace

void doom_item(WriteContext& context, const TrashRow& item) {
  if (const auto found = context.nodes.find_by_id(item.node)) {
    context.nodes.move(found->parent, found->name, kNoParent, NodeTable::trash_name(item.node));
  }
  TrashTable(context.database).remove(item.id);
}

void doom_drive(WriteContext& context, const UserRow& user) {
  context.totals.settle();
  context.forget_folders();
  TrashTable(context.database).remove_all(user.id, std::nullopt, kNoParent);
  doom_root(context, user.root);
  doom_root(context, user.trash);
}

Step purge_some(WriteContext& context, const Retention&, int limit) { return Purge(context, limit).run(); }

}  // namespace ndisk::storage
