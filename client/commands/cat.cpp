#include <unistd.h>

#include "client/commands/commands.hpp"
#include "client/commands/each_operand.hpp"
#include "client/download/download.hpp"
#include "client/remote/remote_look.hpp"

namespace ndisk::client {
namespace {

net::Task<Result<std::uint64_t>> print(Transfer& transfer, const RemotePath& path) {
  const auto entry = co_await look_at_remote(transfer.link, path);
  if (!entry) co_return std::unexpected(entry.error());
  const auto readable = check_readable(path, *entry);
  if (!readable) co_return std::unexpected(readable.error());
  const auto file = remote_file(path, *entry);
  if (!file) co_return std::unexpected(file.error());
  const auto done = co_await download_to_descriptor(transfer, *file, STDOUT_FILENO, "standard output");
  if (!done) co_return std::unexpected(done.error());
  co_return file->size();
}

}  // namespace

net::Task<> cat(Context& context, const CatOptions& options) {
  if (context.output.json()) {
    co_return context.tally.gave_up(
        {ErrorCode::kInvalid, "cat and --json both want standard output; choose one", false});
  }
  context.interrupt.set_advice("");
  // No progress line: what is printed is the progress.
  auto quiet = context.options;
  quiet.progress = ProgressMode::kNever;
  Progress progress(context.executor, quiet, context.output);
  Transfer transfer{context.link, context.pool, context.output, progress};
  const auto operands = co_await expand_operands(context, options.remotes);
  for (const auto& operand : operands) {
    if (is_over(context)) co_return;
    const auto printed = co_await print(transfer, operand.path);
    if (printed) {
      context.tally.done(*printed);
    } else {
      count_failure(context, printed.error(), operand.name);
    }
  }
}

}  // namespace ndisk::client
