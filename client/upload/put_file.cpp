#include "client/upload/put_file.hpp"

#include "client/proof/proof.hpp"
#include "client/proof/source_digest.hpp"
#include "client/request.hpp"
#include "client/upload/remote_tree.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

using Kind = SourceItem::Kind;
using protocol::FrameType;

const wire::Entry* pointer_to(const std::optional<wire::Entry>& entry) { return entry ? &*entry : nullptr; }

UploadOrder order_for(const PutRun& run, const PutTask& task, PutAction action) {
  UploadOrder order{
      .local = task.item.local,
      .followed = task.item.followed,
      .remote = task.item.remote,
      .stamp = task.item.stamp,
      .is_link = task.item.kind == Kind::kLink,
      .held = std::nullopt,
      .replaces = std::nullopt,
      .read_anew = run.rules.checksum || action == PutAction::kHeal,
      .terms = {
          .must_not_exist = run.rules.no_clobber, .if_version = run.rules.if_match, .receipt = run.rules.receipts}};
  if (action == PutAction::kHeal && run.rules.no_clobber) {
    order.terms.must_not_exist = false;
    order.terms.if_version = task.there->version();
  }
  if (action == PutAction::kReplace && task.there->kind() == wire::FILE && !task.there->damaged()) {
    order.replaces = {.version = task.there->version(), .size = task.there->size()};
  }
  const bool held = action == PutAction::kAttributes || action == PutAction::kSame;
  if (!held || order.is_link) return order;
  if (const auto digest = protocol::digest_field(task.there->sha256()); digest) order.held = *digest;
  return order;
}

net::Task<Result<void>> make_folder(PutRun& run, const SourceItem& item) {
  const auto id = run.context.link.new_request_id();
  wire::MakeFolder message;
  message.set_request_id(std::string(as_text(id)));
  message.set_path(item.remote.bytes());
  *message.mutable_attributes() = attributes_of(item.stamp);
  const auto made = co_await request<wire::Done>(run.context.link, FrameType::kMakeFolder, message, FrameType::kDone);
  if (!made) co_return std::unexpected(made.error());
  co_return Result<void>();
}

net::Task<Result<void>> remove_local(PutRun& run, const SourceItem& item, const Stamp& stamp, std::uint64_t version) {
  const Removal removal{.local = item.local,
                        .followed = item.followed,
                        .remote = item.remote,
                        .is_link = item.kind == Kind::kLink,
                        .stamp = stamp,
                        .version = version};
  auto removed = co_await prove_and_remove(run.transfer, removal);
  if (removed) run.report.removed(item.local);
  co_return removed;
}

// Another device put a file there in the meantime: with --no-clobber that one stays.
net::Task<bool> is_taken(PutRun& run, const SourceItem& item, const Error& error) {
  if (!run.rules.no_clobber || error.code != ErrorCode::kConflict) co_return false;
  const auto there = co_await stat_remote(run.context.link, item.remote);
  const bool taken = there && *there && (**there).kind() != wire::FOLDER;
  co_return taken;
}

net::Task<> put_content(PutRun& run, const PutTask& task, PutAction action) {
  const auto order = order_for(run, task, action);
  const auto uploaded = co_await upload_file(run.transfer, order);
  if (!uploaded) {
    const bool taken = co_await is_taken(run, task.item, uploaded.error());
    if (taken) co_return run.report.unchanged(task.item);
  }
  co_await conclude(run, task.item, uploaded);
}

net::Task<> put_folder(PutRun& run, const SourceItem& item) {
  const auto made = co_await make_folder(run, item);
  if (!made) co_return run.report.failed(item, made.error());
  run.report.made_folder(item);
}

// Nothing if the local file could not be read, which has been said.
net::Task<std::optional<PutAction>> compare(PutRun& run, const PutTask& task) {
  run.transfer.progress.checking(task.item.remote.name());
  auto read = [&run, &task] { return digest_of_source(run.context.link, task.item); };
  const auto digest = co_await net::run_blocking(run.context.pool, read);
  if (!digest) {
    run.report.failed(task.item, digest.error());
    co_return std::nullopt;
  }
  co_return after_digest(task.item, *task.there, *digest, run.rules);
}

}  // namespace

net::Task<> put_one(PutRun& run, PutTask task) {
  if (!task.looked) {
    auto there = co_await stat_remote(run.context.link, task.item.remote);
    if (!there) co_return run.report.failed(task.item, there.error());
    task.there = std::move(*there);
  }
  auto action = decide(task.item, pointer_to(task.there), run.rules);
  if (action == PutAction::kCompare) {
    const auto compared = co_await compare(run, task);
    if (!compared) co_return;
    action = *compared;
  }
  if (is_settled(run, action)) co_return settle(run, task.item, action);
  if (action == PutAction::kRefuse) {
    co_return run.report.failed(task.item, refusal(task.item, pointer_to(task.there), run.rules));
  }
  if (task.item.kind == Kind::kFolder) {
    if (action != PutAction::kSame) co_await put_folder(run, task.item);
    co_return;
  }
  if (action == PutAction::kSame && !run.rules.receipts) {
    const auto removed = co_await remove_local(run, task.item, task.item.stamp, task.there->version());
    if (!removed) co_return run.report.failed_after(task.item, removed.error());
    co_return run.report.unchanged(task.item);
  }
  co_await put_content(run, task, action);
}

net::Task<> conclude(PutRun& run, const SourceItem& item, const Result<Uploaded>& uploaded) {
  if (!uploaded) co_return run.report.failed(item, uploaded.error());
  run.report.stored(item, *uploaded);
  if (run.receipts != nullptr) {
    auto keep = [&run, &item, &uploaded]() -> Result<void> {
      const auto line = receipt_of(*uploaded, item.remote);
      if (!line) return std::unexpected(line.error());
      auto appended = run.receipts->append(*line);
      // The receipt has to outlive the file that it stands for.
      return appended && run.rules.then_remove ? run.receipts->finish() : appended;
    };
    const auto kept = co_await net::run_blocking(run.context.pool, keep);
    if (!kept) co_return run.report.failed_after(item, kept.error());
  }
  if (run.rules.then_remove) {
    const auto removed = co_await remove_local(run, item, uploaded->stamp, uploaded->version);
    if (!removed) co_return run.report.failed_after(item, removed.error());
  }
  run.report.done(*uploaded);
}

bool is_settled(const PutRun& run, PutAction action) {
  if (action == PutAction::kCompare || action == PutAction::kRefuse) return false;
  if (run.rules.dry_run || action == PutAction::kKeep) return true;
  return action == PutAction::kSame && !run.rules.receipts && !run.rules.then_remove;
}

void settle(PutRun& run, const SourceItem& item, PutAction action) {
  if (run.rules.dry_run) return run.report.planned(item, action);
  run.report.unchanged(item);
}

}  // namespace ndisk::client
