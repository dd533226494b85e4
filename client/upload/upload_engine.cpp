#include "client/upload/upload_engine.hpp"

#include "client/remote/tree_order.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

using Kind = SourceItem::Kind;

constexpr std::size_t kBatch = 512;
constexpr std::size_t kFilesAtOnce = 960;
constexpr std::size_t kMemoryBytes = 12 * 1024 * 1024;
constexpr std::size_t kMemoryOfOne = 2 * protocol::kMaxDataBytes;  // of a large file: a block read, a block queued
// What would be sent again after a crash of the server: it may hold up to 48 MiB of an upload unsafely.
constexpr std::size_t kUnsettledBytes = 60 * 1024 * 1024;
constexpr std::size_t kUnsettledOfOne = 48 * 1024 * 1024;

std::size_t at_most(std::uint64_t size, std::size_t limit) {
  return static_cast<std::size_t>(std::min<std::uint64_t>(size, limit));
}

}  // namespace

UploadEngine::UploadEngine(PutRun& run)
    : run_(run),
      slots_(run.context.executor, kFilesAtOnce),
      memory_(run.context.executor, kMemoryBytes),
      unsettled_(run.context.executor, kUnsettledBytes),
      tasks_(run.context.executor) {}

bool UploadEngine::is_over() const {
  const auto& link = run_.context.link;
  return link.stopping() || link.given_up() || run_.report.is_full();
}

net::Task<> UploadEngine::run(SourceWalker walker, bool look_up_each) {
  look_up_each_ = look_up_each;
  auto look = [&walker] { return walker.next(kBatch); };
  while (!is_over()) {
    auto items = co_await net::run_blocking(run_.context.pool, look);
    if (items.empty()) break;
    for (const auto& item : items) run_.report.found(item);
    for (auto& item : items) {
      if (!is_over()) co_await take(std::move(item));
    }
  }
  if (!is_over()) run_.transfer.progress.all_found();
  tree_.reset();
  co_await tasks_.join();
}

net::Task<> UploadEngine::take(SourceItem item) {
  if (item.is_operand) tree_.reset();
  if (item.may_repeat) co_await tasks_.join();
  if (item.kind == Kind::kSkipped) co_return run_.report.skipped(item, run_.rules.dry_run);
  if (item.kind == Kind::kProblem) co_return run_.context.tally.failed(item.error, item.local);
  if (tree_) {
    co_await take_in_tree(std::move(item));
  } else if (item.kind == Kind::kFolder && item.is_operand) {
    co_await begin_tree(std::move(item));
  } else {
    PutTask task{.item = std::move(item), .looked = false, .there = {}};
    co_await start(std::move(task));
  }
}

net::Task<> UploadEngine::begin_tree(SourceItem item) {
  const auto remote = item.remote;
  std::optional<wire::Entry> there;
  if (!remote.is_root()) {
    auto found = co_await stat_remote(run_.context.link, remote);
    if (!found) {
      run_.report.failed(item, found.error());
      tree_.emplace(Tree{.remote = remote, .there = {}, .refused = ""});
      co_return;
    }
    there = std::move(*found);
  }
  if (!look_up_each_) {
    tree_.emplace(Tree{.remote = remote, .there = {}, .refused = {}});
    if (there || remote.is_root()) tree_->there.emplace(run_.context.link, remote);
    if (there && there->kind() != wire::FOLDER) tree_->refused = "";
  }
  PutTask task{.item = std::move(item), .looked = true, .there = std::move(there)};
  if (!remote.is_root()) co_await start(std::move(task));
}

net::Task<> UploadEngine::take_in_tree(SourceItem item) {
  const auto& root = tree_->remote;
  const auto path = root.is_root() ? item.remote.bytes() : item.remote.bytes().substr(root.bytes().size() + 1);
  if (tree_->refused && is_below(path, *tree_->refused)) co_return;
  const wire::Entry* there = nullptr;
  if (tree_->there) {
    const bool knows = tree_->there->covers(path);
    if (!knows) {
      const auto looked = co_await look_up(path);
      if (!looked) {
        tree_->refused = "";
        co_return run_.report.failed(item, looked.error());
      }
    }
    there = tree_->there->find(path);
  }
  const auto action = decide(item, there, run_.rules);
  if (is_settled(run_, action)) co_return settle(run_, item, action);
  if (action == PutAction::kRefuse && item.kind == Kind::kFolder) tree_->refused = path;
  PutTask task{.item = std::move(item), .looked = true, .there = {}};
  if (there != nullptr) task.there = *there;
  co_await start(std::move(task));
}

net::Task<Result<const wire::Entry*>> UploadEngine::look_up(const std::string& path) {
  auto& tree = *tree_->there;
  while (!tree.covers(path)) {
    const auto fetched = co_await tree.fetch_for(path);
    if (!fetched) co_return std::unexpected(fetched.error());
  }
  co_return tree.find(path);
}

// Only this coroutine waits for the budgets, so that files start in the order in which they were found.
net::Task<> UploadEngine::start(PutTask task) {
  const auto size = task.item.kind == Kind::kFolder ? 0 : task.item.stamp.size;
  const auto memory = at_most(size, kMemoryOfOne), unsettled = at_most(size, kUnsettledOfOne);
  const bool waits = !slots_.has_free(1) || !memory_.has_free(memory) || !unsettled_.has_free(unsettled);
  if (waits && tree_ && tree_->there) tree_->there->pause();
  Shares shares;
  shares.slot = co_await slots_.take(1);
  shares.memory = co_await memory_.take(memory);
  shares.unsettled = co_await unsettled_.take(unsettled);
  tasks_.spawn(put(std::move(task), std::move(shares)));
}

net::Task<> UploadEngine::put(PutTask task, [[maybe_unused]] Shares shares) { co_await put_one(run_, std::move(task)); }

}  // namespace ndisk::client
