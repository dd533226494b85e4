#include "tests/crash/fingerprints.hpp"

#include <algorithm>

#include "tests/crash/database_log.hpp"
#include "tests/crash/mix.hpp"

namespace ndisk::crash {
namespace {

bool is_two_digits(std::string_view name) {
  return name.size() == 2 && name.find_first_not_of("0123456789abcdef") == name.npos;
}

// By the path without the name itself.
bool is_object_folder(std::string_view parent, std::string_view name) {
  return parent.ends_with("/objects") && is_two_digits(name);
}

}  // namespace

std::set<InodeId> find_idle_folders(const DiskImage& initial, const std::vector<Operation>& record) {
  std::set<InodeId> idle;
  initial.visit([&](const std::string& path, InodeId id) {
    const auto slash = path.rfind('/');
    const auto* inode = initial.find(id);
    const bool is_empty = inode->is_folder && inode->names.empty();
    if (is_empty && is_object_folder(path.substr(0, slash), path.substr(slash + 1))) idle.insert(id);
  });
  for (const auto& operation : record) {
    if (!changes_names(operation)) continue;
    idle.erase(operation.folder);
    idle.erase(operation.to_folder);
    idle.erase(operation.inode);
    const auto slash = operation.path.rfind('/');
    const bool is_made = operation.action == Action::kMake && operation.is_folder && slash != std::string::npos;
    if (is_made && is_object_folder(operation.path.substr(0, slash), operation.name)) idle.insert(operation.inode);
  }
  return idle;
}

Fingerprints::Fingerprints(const DiskImage& initial, const std::vector<Operation>& record, Folding folding)
    : record_(record),
      folding_(folding),
      idle_(folding.idle == Idle::kFolded ? find_idle_folders(initial, record) : std::set<InodeId>()) {}

std::uint32_t Fingerprints::node(InodeId id) {
  const auto [found, is_first] = node_numbers_.try_emplace(id, static_cast<std::uint32_t>(nodes_.size()));
  if (is_first) {
    nodes_.push_back({});
    nodes_.back().id = id;
    nodes_.back().is_idle = idle_.contains(id);
  }
  return found->second;
}

std::uint32_t Fingerprints::name(InodeId folder, const std::string& text) {
  const auto next = static_cast<std::uint32_t>(names_.size());
  const auto [found, is_first] = name_numbers_.try_emplace({folder, text}, next);
  if (is_first) {
    auto& added = names_.emplace_back();
    added.folder = folder;
    added.text = text;
    added.hash = std::hash<std::string>{}(text);
    added.is_log = text.ends_with("-wal");
    nodes_[node(folder)].names.push_back(next);
  }
  return found->second;
}

void Fingerprints::note_base(const DiskImage& base) {
  base.visit_inodes([this](InodeId id, const Inode& inode) {
    nodes_[node(id)].base = &inode;
    for (const auto& [text, child] : inode.names) names_[name(id, text)].base = node(child);
  });
}

void Fingerprints::note_operation(std::size_t place) {
  const auto& operation = record_[place];
  if (changes_inode(operation) || operation.action == Action::kMake) {
    nodes_[node(operation.inode)].operations.push_back(place);
  }
  if (!changes_names(operation)) return;
  (void)node(operation.inode);
  const auto from = name(operation.folder, operation.name);
  names_[from].operations.push_back(place);
  names_of_[place - first_place_] = {from, kNothing};
  if (operation.action != Action::kRename) return;
  const auto to = name(operation.to_folder, operation.to_name);
  names_[to].operations.push_back(place);
  names_of_[place - first_place_].second = to;
}

void Fingerprints::stand_at(const Cursor& cursor) {
  nodes_.clear();
  names_.clear();
  node_numbers_.clear();
  name_numbers_.clear();
  (void)node(kRootFolder);
  note_base(cursor.base());
  first_place_ = cursor.base_end();
  names_of_.assign(cursor.boundary() - first_place_, {kNothing, kNothing});
  for (auto place = first_place_; place < cursor.boundary(); ++place) note_operation(place);
  for (auto& node : nodes_) {
    std::ranges::sort(node.names, {}, [this](std::uint32_t at) -> const std::string& { return names_[at].text; });
    node.whole = node.value = value(node, {});
  }
  for (auto& name : names_) name.whole = name.leads_to = target(name, {});
  for (auto& node : nodes_) sum_up_steady(node);
}

std::uint32_t Fingerprints::target(const Name& name, const Losses& losses) const {
  auto target = name.base;
  for (const auto place : name.operations) {
    if (losses.contains(place)) continue;
    const auto& operation = record_[place];
    const bool is_old_name =
        operation.action == Action::kRemove ||
        (operation.action == Action::kRename && name.folder == operation.folder && name.text == operation.name);
    target = is_old_name ? kNothing : node_numbers_.at(operation.inode);
  }
  return target;
}

Fingerprints::Value Fingerprints::value(const Node& node, const Losses& losses) {
  if (node.operations.empty()) return {sum_of(*node.base), sum_as_log(*node.base)};
  auto& known = known_[node.id];
  if (known.last_operation != node.operations.back()) known = {node.operations.back(), {}};
  std::uint64_t key = 0;
  for (const auto& [place, loss] : losses) {
    if (!changes_inode(record_[place]) || record_[place].inode != node.id) continue;
    mix(key, place * 4 + static_cast<std::uint64_t>(loss));
  }
  const auto found = known.values.find(key);
  if (found != known.values.end()) return found->second;
  return known.values[key] = work_out(node, losses);
}

Fingerprints::Value Fingerprints::work_out(const Node& node, const Losses& losses) const {
  DiskImage alone;
  if (node.base != nullptr) alone.make(node.id) = *node.base;
  for (const auto place : node.operations) {
    const auto lost = losses.find(place);
    if (lost == losses.end()) {
      apply(alone, record_[place]);
    } else {
      apply_lossy(alone, record_[place], lost->second);
    }
  }
  const auto& inode = alone.make(node.id);
  return {sum_of(inode), sum_as_log(inode)};
}

void Fingerprints::lead_to(Name& name, std::uint32_t target) {
  if (name.is_steady) {
    auto& sum = nodes_[node_numbers_.at(name.folder)].steady;
    if (name.leads_to != kNothing) sum -= nodes_[name.leads_to].value.as_log;
    if (target != kNothing) sum += nodes_[target].value.as_log;
  }
  name.leads_to = target;
}

// So that the walk has not to look at each idle folder.
void Fingerprints::sum_up_steady(Node& folder) {
  std::erase_if(folder.names, [&](std::uint32_t at) {
    auto& name = names_[at];
    if (name.whole == kNothing || !nodes_[name.whole].is_idle) return false;
    const auto& operations = nodes_[name.whole].operations;
    const auto changes = [this](std::size_t place) { return changes_inode(record_[place]); };
    if (std::ranges::any_of(operations, changes)) return false;
    name.is_steady = true;
    folder.steady += nodes_[name.whole].value.as_log;
    return true;
  });
}

// Lets the cells be what they are with these losses; the hidden ones nothing.
void Fingerprints::change(const Losses& losses, const std::set<InodeId>* hidden) {
  if (hidden != nullptr) {
    for (const auto id : *hidden) {
      const auto at = node(id);
      nodes_[at].value = {};
      changed_nodes_.push_back(at);
    }
  }
  for (const auto& [place, loss] : losses) {
    const auto& operation = record_[place];
    if (changes_inode(operation)) {
      if (hidden != nullptr && hidden->contains(operation.inode)) continue;
      const auto at = node(operation.inode);
      const bool is_done = !changed_nodes_.empty() && changed_nodes_.back() == at;
      if (!is_done) nodes_[at].value = value(nodes_[at], losses);
      changed_nodes_.push_back(at);
      continue;
    }
    const auto [from, to] = names_of_[place - first_place_];
    for (const auto at : {from, to}) {
      if (at == kNothing) continue;
      lead_to(names_[at], target(names_[at], losses));
      changed_names_.push_back(at);
    }
  }
}

std::uint64_t Fingerprints::of(const Losses& losses) {
  change(losses, nullptr);
  return walk();
}

std::optional<std::uint64_t> Fingerprints::of(const Losses& losses, const std::set<InodeId>& hidden) {
  for (const auto id : hidden) {
    if (!node_numbers_.contains(id)) return std::nullopt;
  }
  change(losses, &hidden);
  return walk();
}

// Ends what change() began.
std::uint64_t Fingerprints::walk() {
  ++walks_;
  met_ = 0;
  std::uint64_t sum = 0;
  enter(nodes_[node(kRootFolder)], 0, sum);
  for (const auto at : changed_nodes_) nodes_[at].value = nodes_[at].whole;
  for (const auto at : changed_names_) lead_to(names_[at], names_[at].whole);
  changed_nodes_.clear();
  changed_names_.clear();
  return sum;
}

// As DiskImage::fingerprint: the first name that leads to an inode stands for it, so that hard links count.
void Fingerprints::enter(const Node& folder, std::uint64_t path, std::uint64_t& sum) {
  auto idle = folder.steady;
  for (const auto at : folder.names) {
    const auto& name = names_[at];
    if (name.leads_to == kNothing) continue;
    auto& child = nodes_[name.leads_to];
    if (child.is_idle) {
      idle += child.value.as_log;  // all but the mtime
      continue;
    }
    auto child_path = path;
    mix(child_path, name.hash);
    mix(sum, child_path);
    if (child.met_in != walks_) {
      child.met_in = walks_;
      child.number = met_++;
      const bool is_folded = folding_.log_tails == LogTails::kFolded && name.is_log;
      mix(sum, is_folded ? child.value.as_log : child.value.plain);
    }
    mix(sum, child.number);
    enter(child, child_path, sum);
  }
  mix(sum, idle);
}

}  // namespace ndisk::crash
