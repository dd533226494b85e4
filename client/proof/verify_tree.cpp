#include "client/proof/verify_tree.hpp"

#include <algorithm>

#include "client/entry_text.hpp"
#include "client/proof/source_digest.hpp"
#include "client/remote/tree_order.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

using Kind = SourceItem::Kind;

constexpr std::size_t kBatch = 512;
constexpr std::size_t kFilesAtOnce = 64;

Difference difference(const char* what, const char* words, std::string_view path, bool is_folder = false) {
  const auto line = std::string(words) + ": " + shown_name(path) + (is_folder ? "/" : "");
  return {.what = what, .line = line, .path = std::string(path), .receipt = {}};
}

Difference content_differs(std::string_view path, bool is_link) {
  return is_link ? difference("target", "target differs", path) : difference("content", "differs", path);
}

wire::Kind kind_of(const SourceItem& item) {
  if (item.kind == Kind::kFolder) return wire::FOLDER;
  if (item.kind == Kind::kLink) return wire::LINK;
  return item.kind == Kind::kFile ? wire::FILE : wire::KIND_UNSPECIFIED;
}

JsonFields verified_fields(const SourceItem& item, const Digest& digest, std::uint64_t version) {
  JsonFields fields{{"type", std::string("verified")}};
  add_path(fields, item.remote.bytes());
  fields.emplace_back("size", item.stamp.size);
  fields.emplace_back("sha256", to_hex(digest));
  fields.emplace_back("version", version);
  return fields;
}

}  // namespace

VerifyTree::VerifyTree(Context& context, VerifyReport& report, Filter filter, bool only_named)
    : context_(context),
      report_(report),
      filter_(std::move(filter)),
      only_named_(only_named),
      slots_(context.executor, kFilesAtOnce),
      tasks_(context.executor) {}

net::Task<> VerifyTree::run(SourceWalker walker) {
  auto look = [&walker] { return walker.next(kBatch); };
  while (!is_over()) {
    auto items = co_await net::run_blocking(context_.pool, look);
    if (items.empty()) break;
    for (auto& item : items) {
      if (!is_over()) co_await take(std::move(item));
    }
  }
  if (!is_over()) co_await end_tree();
  tree_.reset();
  co_await tasks_.join();
}

net::Task<> VerifyTree::take(SourceItem item) {
  if (item.is_operand) co_await end_tree();
  if (report_.is_crowded() && tree_ && tree_->there) tree_->there->pause();
  co_await report_.wait_for_room();
  if (tree_) co_return co_await take_in_tree(std::move(item));
  if (item.kind == Kind::kProblem) co_return report_.failed(item.error, item.local);
  if (item.kind == Kind::kLeftOut) co_return;
  if (item.kind == Kind::kFolder && !only_named_) co_return co_await begin_tree(std::move(item));
  co_await take_alone(std::move(item));
}

net::Task<> VerifyTree::take_alone(SourceItem item) {
  if (item.kind == Kind::kFolder && item.remote.is_root()) co_return;
  const auto there = co_await stat_remote(context_.link, item.remote);
  if (!there) co_return report_.failed(there.error(), item.remote.bytes());
  const auto* entry = *there ? &**there : nullptr;
  if (item.kind == Kind::kSkipped) co_return tell_skipped(item, entry);
  const bool followed = item.is_operand && item.kind == Kind::kLink && entry != nullptr && entry->kind() == wire::FILE;
  if (followed) {  // as put does without -r
    item.kind = Kind::kFile;
    item.followed = kFollowAll;
    item.stamp.size = entry->size();
  }
  co_await compare(std::move(item), entry);
}

net::Task<> VerifyTree::begin_tree(SourceItem item) {
  const auto remote = item.remote;
  bool is_there = true;
  if (!remote.is_root()) {
    const auto there = co_await stat_remote(context_.link, remote);
    if (!there) co_return report_.failed(there.error(), remote.bytes());
    const auto* entry = *there ? &**there : nullptr;
    is_there = entry != nullptr && entry->kind() == wire::FOLDER;
    co_await compare(item, entry);
  }
  tree_.emplace(Tree{.local = item.local, .remote = remote, .there = {}, .ignored = {}, .passed = {}});
  if (is_there) tree_->there.emplace(context_.link, remote);
}

net::Task<> VerifyTree::take_in_tree(SourceItem item) {
  const auto& root = tree_->remote;
  if (item.kind == Kind::kProblem && !is_below(item.remote.bytes(), root.bytes())) {
    if (item.local == tree_->local) tree_->ignored = "";  // the folder itself can't be read
    co_return report_.failed(item.error, item.local);
  }
  const auto path = root.is_root() ? item.remote.bytes() : item.remote.bytes().substr(root.bytes().size() + 1);
  const auto passed = co_await pass(path);
  if (!passed && item.kind == Kind::kProblem) report_.failed(item.error, item.local);
  if (!passed) co_return;
  const auto entry = take_there(path);
  const auto* there = entry ? &*entry : nullptr;
  switch (item.kind) {
    case Kind::kProblem: tree_->ignored = path; co_return report_.failed(item.error, item.local);
    case Kind::kLeftOut: tree_->ignored = path; co_return;
    case Kind::kSkipped:
      if (item.is_unfinished) tree_->ignored = path;
      co_return tell_skipped(item, there);
    default: co_await compare(std::move(item), there);
  }
}

std::optional<wire::Entry> VerifyTree::take_there(const std::string& path) {
  if (!tree_->there) return std::nullopt;
  if (const auto* found = tree_->there->find(path)) {
    auto entry = *found;
    tree_->there->pop();
    return entry;
  }
  const auto passed = std::ranges::find(tree_->passed, path, &wire::Entry::path);
  return passed == tree_->passed.end() ? std::nullopt : std::optional(*passed);
}

net::Task<bool> VerifyTree::pass(std::optional<std::string> path) {
  if (tree_->is_unlisted) co_return false;
  if (!tree_->there) co_return true;
  auto& there = *tree_->there;
  for (;;) {
    if (there.needs_page()) {
      const auto fetched = co_await there.fetch();
      if (!fetched) {
        report_.failed(fetched.error(), tree_->remote.bytes());
        tree_->is_unlisted = true;
        co_return false;
      }
      continue;
    }
    const auto* entry = there.peek();
    if (entry == nullptr) co_return true;
    if (path && compare_in_tree(entry->path(), *path) >= 0) co_return true;
    tell_extra(*entry);
    there.pop();
    if (!report_.is_crowded()) continue;
    there.pause();
    co_await report_.wait_for_room();
  }
}

net::Task<> VerifyTree::end_tree() {
  if (!tree_) co_return;
  co_await pass(std::nullopt);
  tree_.reset();
}

void VerifyTree::tell_extra(const wire::Entry& entry) {
  auto& passed = tree_->passed;
  while (!passed.empty() && !is_below(entry.path(), passed.back().path())) passed.pop_back();
  const auto& ignored = tree_->ignored;
  if (ignored && (entry.path() == *ignored || is_below(entry.path(), *ignored))) return;
  const bool is_folder = entry.kind() == wire::FOLDER;
  const auto verdict = filter_.verdict(entry.path(), is_folder);
  if (verdict == Filter::Verdict::kThrough) passed.push_back(entry);
  if (verdict == Filter::Verdict::kLeaveOut || verdict == Filter::Verdict::kThrough) return;
  const auto& root = tree_->remote;
  const auto whole = root.is_root() ? entry.path() : root.bytes() + "/" + entry.path();
  report_.differs(difference("extra", "only on the drive", whole, is_folder));
}

void VerifyTree::tell_skipped(const SourceItem& item, const wire::Entry* there) {
  const bool differs = there != nullptr && !item.is_unfinished;
  if (differs) report_.differs(difference("kind", "kind differs", item.remote.bytes()));
  context_.output.note(item.error.message);
}

net::Task<> VerifyTree::compare(SourceItem item, const wire::Entry* there) {
  const auto& path = item.remote.bytes();
  const bool is_folder = item.kind == Kind::kFolder;
  if (there == nullptr) {
    co_return report_.differs(difference("missing", "missing on the drive", path, is_folder));
  }
  if (there->kind() != kind_of(item)) co_return report_.differs(difference("kind", "kind differs", path));
  if (is_folder) co_return;
  const bool is_link = item.kind == Kind::kLink;
  if (there->damaged()) {
    co_return report_.differs(difference("damaged", "damaged on the server, put it again", path));
  }
  if (there->size() != item.stamp.size) co_return report_.differs(content_differs(path, is_link));
  const auto expected = protocol::digest_field(there->sha256());
  if (!expected) co_return report_.failed(expected.error(), path);
  const auto version = there->version();
  auto& outcome = report_.begin();
  outcome.name = path;
  outcome.size = there->size();
  if (!slots_.has_free(1) && tree_ && tree_->there) tree_->there->pause();
  auto share = co_await slots_.take(1);
  tasks_.spawn(compare_content(std::move(item), *expected, version, outcome, std::move(share)));
}

net::Task<> VerifyTree::compare_content(SourceItem item, Digest expected, std::uint64_t version,
                                        VerifyReport::Outcome& outcome, [[maybe_unused]] net::ByteBudget::Share share) {
  const bool is_link = item.kind == Kind::kLink;
  auto read = [this, &item] { return digest_of_source(context_.link, item); };
  const auto digest = co_await net::run_blocking(context_.pool, read);
  if (!digest) {
    outcome.error = digest.error();
    outcome.name = item.local;
  } else if (*digest != expected) {
    outcome.difference = content_differs(item.remote.bytes(), is_link);
  } else {
    outcome.fields = verified_fields(item, expected, version);
  }
  report_.settle(outcome);
}

}  // namespace ndisk::client
