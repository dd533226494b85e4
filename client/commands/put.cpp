#include <sys/stat.h>

#include "client/commands/commands.hpp"
#include "client/transfer/remembered_digests.hpp"
#include "client/upload/stdin_upload.hpp"
#include "client/upload/upload_engine.hpp"

namespace ndisk::client {
namespace {

constexpr char kStandardInput[] = "-";

std::unexpected<Error> usage(std::string message) { return fail(ErrorCode::kInvalid, std::move(message)); }

// What the options mean together, beside the names (naming.hpp).
Result<void> check(const PutOptions& options) {
  const bool streams = options.files.front() == kStandardInput;
  const bool lone = options.files.size() == 1 && !options.recursive;
  if (options.if_match && !lone) return usage("--if-match takes one FILE only, and no -r: it is about one version");
  if (streams && options.then_remove) return usage("--then-remove: standard input is nothing that can be removed");
  if (!options.filter.files_from) return {};
  if (streams || options.files.size() != 1) {
    return usage("--files-from takes one FILE, the folder that its names are in");
  }
  return {};
}

Result<WalkOptions> walk_options(const PutOptions& options) {
  auto filter = Filter::make(options.filter.rules);
  if (!filter) return std::unexpected(filter.error());
  WalkOptions walk{.recursive = options.recursive, .follow = options.follow, .filter = std::move(*filter)};
  struct stat receipts {};
  if (options.receipt && ::stat(options.receipt->c_str(), &receipts) == 0) {
    walk.growing = {.device = receipts.st_dev, .inode = receipts.st_ino};
  }
  if (!options.filter.files_from) return walk;
  auto names = read_names(*options.filter.files_from);
  if (!names) return std::unexpected(names.error());
  walk.names = std::move(*names);
  return walk;
}

net::Task<> put_stream(PutRun& run, const PutSource& source) {
  const SourceItem item{.is_operand = true, .local = "standard input", .remote = source.remote};
  const auto there = co_await stat_remote(run.context.link, source.remote);
  if (!there) co_return run.report.failed(item, there.error());
  const auto* standing = *there ? &**there : nullptr;
  const auto action = decide(item, standing, run.rules);
  if (action == PutAction::kRefuse) co_return run.report.failed(item, refusal(item, standing, run.rules));
  const bool is_kept = standing != nullptr && run.rules.no_clobber;
  if (is_kept || run.rules.dry_run) {
    const auto planned = is_kept ? PutAction::kKeep : standing == nullptr ? action : PutAction::kReplace;
    co_return settle(run, item, planned);
  }
  run.context.interrupt.set_advice(
      "nothing was stored; standard input can't be read again, run the whole pipeline anew");
  const UploadTerms terms{
      .must_not_exist = run.rules.no_clobber, .if_version = run.rules.if_match, .receipt = run.rules.receipts};
  StdinUpload upload(run.transfer, run.context.interrupt, source.remote, terms);
  const auto uploaded = co_await upload.run();
  co_await conclude(run, item, uploaded);
}

net::Task<> put_all(PutRun& run, const PutOptions& options, std::vector<PutSource> sources) {
  if (sources.front().local == kStandardInput) co_return co_await put_stream(run, sources.front());
  run.context.interrupt.set_advice("resume with: " + run.context.options.command_line);
  auto prepare = [&options] { return walk_options(options); };
  auto walk = co_await net::run_blocking(run.context.pool, prepare);
  if (!walk) co_return run.context.tally.gave_up(walk.error());
  UploadEngine engine(run);
  SourceWalker walker(std::move(sources), std::move(*walk));
  co_await engine.run(std::move(walker), options.filter.files_from.has_value());
}

net::Task<Result<std::unique_ptr<ReceiptsFile>>> open_receipts(Context& context, const PutOptions& options) {
  if (!options.receipt || options.dry_run) co_return nullptr;
  auto open = [&context, &options]() -> Result<std::unique_ptr<ReceiptsFile>> {
    const auto pin = server_pin(context.options, context.link.target());
    if (!pin) return std::unexpected(pin.error());
    return ReceiptsFile::open(*options.receipt, *pin);
  };
  co_return co_await net::run_blocking(context.pool, open);
}

}  // namespace

net::Task<> put(Context& context, const PutOptions& options) {
  const auto checked = check(options);
  if (!checked) co_return context.tally.gave_up(checked.error());
  auto sources = plan_put(options);
  if (!sources) co_return context.tally.gave_up(sources.error());
  const auto receipts = co_await open_receipts(context, options);
  if (!receipts) co_return context.tally.gave_up(receipts.error());
  Progress progress(context.executor, context.options, context.output);
  net::TaskGroup shown(context.executor);
  shown.spawn(progress.run());
  const RememberedDigests digests(remembered_digests_path());
  PutRun run{.context = context,
             .transfer = {context.link, context.pool, context.output, progress, &digests, options.whole_file},
             .rules = rules_of(options),
             .receipts = receipts->get(),
             .report = PutReport(context, progress)};
  co_await put_all(run, options, std::move(*sources));
  run.report.finish();
  if (run.receipts != nullptr) {
    auto finish = [&run] { return run.receipts->finish(); };
    const auto finished = co_await net::run_blocking(context.pool, finish);
    if (!finished) context.tally.gave_up(finished.error());
  }
  progress.stop();
  co_await shown.join();
}

}  // namespace ndisk::client
