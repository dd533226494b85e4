#include "client/download/entry_selection.hpp"

#include "client/remote/tree_order.hpp"

namespace ndisk::client {
namespace {

EntrySelection::Verdict by_filter(Filter::Verdict said) {
  if (said == Filter::Verdict::kLeaveOut) return EntrySelection::Verdict::kLeaveOut;
  return said == Filter::Verdict::kThrough ? EntrySelection::Verdict::kThrough : EntrySelection::Verdict::kTake;
}

}  // namespace

EntrySelection::Verdict EntrySelection::next(const std::string& path, bool is_folder) {
  if (left_out_ && is_below(path, *left_out_)) return Verdict::kLeaveOut;
  const auto verdict = by_names(path, is_folder).value_or(by_filter(filter_.verdict(path, is_folder)));
  if (verdict == Verdict::kLeaveOut && is_folder) left_out_ = path;
  return verdict;
}

// What is named is taken whatever filters say; they count again below a folder.
std::optional<EntrySelection::Verdict> EntrySelection::by_names(const std::string& path, bool is_folder) {
  if (!names_) return std::nullopt;
  while (at_ < names_->size() && compare_in_tree((*names_)[at_], path) < 0) pass_over();
  const bool is_named = at_ < names_->size() && (*names_)[at_] == path;
  if (is_named) ++at_;
  if (covering_ && (covering_->empty() || is_below(path, *covering_))) return std::nullopt;
  if (is_named) {
    covering_ = path;
    return Verdict::kTake;
  }
  const bool is_above = is_folder && at_ < names_->size() && is_below((*names_)[at_], path);
  return is_above ? Verdict::kThrough : Verdict::kLeaveOut;
}

// The listing is beyond the name: it was not there, save for the operand itself, which is never listed.
void EntrySelection::pass_over() {
  const auto& name = (*names_)[at_++];
  if (name.empty()) {
    covering_ = name;
  } else if (!left_out_ || !is_below(name, *left_out_)) {
    missing_.push_back(name);
  }
}

std::vector<std::string> EntrySelection::missing() {
  while (names_ && at_ < names_->size()) pass_over();
  return std::move(missing_);
}

}  // namespace ndisk::client
