#include "client/commands/commands.hpp"
#include "client/proof/verify_receipts.hpp"
#include "client/proof/verify_tree.hpp"
#include "client/transfer/naming.hpp"

namespace ndisk::client {
namespace {

std::unexpected<Error> usage(std::string message) { return fail(ErrorCode::kInvalid, std::move(message)); }

struct Operands {
  std::vector<std::string> receipts;
  std::vector<PutSource> local;
  WalkOptions walk;
};

// Blocks. With -t, every operand is a local thing, a file of receipts too.
Result<Operands> sort_operands(const VerifyOptions& options) {
  Operands operands;
  PutOptions like_put{.files = {}, .target_directory = options.target_directory, .name = {}, .filter = {}};
  for (const auto& operand : options.operands) {
    if (operand == "-") return usage("'-': standard input can't be verified; name what was put");
    const bool receipts = !options.target_directory && is_receipts_file(operand);
    (receipts ? operands.receipts : like_put.files).push_back(operand);
  }
  if (options.filter.files_from && (like_put.files.size() != 1 || !operands.receipts.empty())) {
    return usage("--files-from takes one FILE, the folder that its names are in");
  }
  auto sources = plan_put(like_put);
  if (!sources) return std::unexpected(sources.error());
  operands.local = std::move(*sources);
  auto filter = Filter::make(options.filter.rules);
  if (!filter) return std::unexpected(filter.error());
  operands.walk.recursive = true;
  operands.walk.follow = options.follow;
  operands.walk.filter = std::move(*filter);
  operands.walk.tell_left_out = true;
  if (!options.filter.files_from) return operands;
  auto names = read_names(*options.filter.files_from);
  if (!names) return std::unexpected(names.error());
  operands.walk.names = std::move(*names);
  return operands;
}

}  // namespace

net::Task<> verify(Context& context, const VerifyOptions& options) {
  auto sort = [&options] { return sort_operands(options); };
  auto operands = co_await net::run_blocking(context.pool, sort);
  if (!operands) co_return context.tally.gave_up(operands.error());
  auto find_pin = [&context] { return server_pin(context.options, context.link.target()); };
  const auto pin = co_await net::run_blocking(context.pool, find_pin);
  if (!pin) co_return context.tally.gave_up(pin.error());
  context.interrupt.set_advice("run it again: " + context.options.command_line);
  VerifyReport report(context);
  for (const auto& file : operands->receipts) {
    VerifyReceipts receipts(context, report, *pin);
    co_await receipts.run(file);
  }
  if (operands->local.empty()) co_return;
  const bool only_named = operands->walk.names.has_value();
  VerifyTree tree(context, report, operands->walk.filter, only_named);
  SourceWalker walker(std::move(operands->local), std::move(operands->walk));
  co_await tree.run(std::move(walker));
}

}  // namespace ndisk::client
