#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "client/commands/commands.hpp"
#include "client/commands/each_operand.hpp"
#include "client/download/collision_check.hpp"
#include "client/download/download_engine.hpp"
#include "client/download/output_target.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

Result<void> check_target(const GetOptions& options) {
  if (!options.target_directory) return {};
  struct stat status {};
  if (::stat(options.target_directory->c_str(), &status) != 0) {
    auto failed = fail_errno(errno, "looking at -t", shown_name(*options.target_directory)).error();
    if (failed.code == ErrorCode::kNotFound) failed.message += "; make the folder first";
    return std::unexpected(std::move(failed));
  }
  if (S_ISDIR(status.st_mode)) return {};
  return fail(ErrorCode::kNotFolder,
              "-t " + shown_name(*options.target_directory) + ": is not a folder; -o names a file");
}

Result<void> check_options(const GetOptions& options, bool json) {
  const auto invalid = [](std::string message) { return fail(ErrorCode::kInvalid, std::move(message)); };
  for (const auto& word : options.remotes) {
    if (word.empty()) return invalid("'': an empty name is no file; / is the whole drive");
  }
  if (options.output == "-" && json) return invalid("-o - and --json both want standard output; choose one");
  if (options.output == "-" && options.dry_run) return invalid("--dry-run says what would be written; -o - writes");
  if (options.version && options.recursive) return invalid("--version is of one file; -r gets folders");
  if (options.version && options.remotes.size() > 1) return invalid("--version is of one file; name just that");
  if (options.filter.files_from && !options.recursive) return invalid("--files-from names what is in a folder; use -r");
  return check_target(options);
}

// What -o names, if it is not '-', which is standard output already.
net::Task<Result<void>> find_target(Context& context, GetSource& source) {
  if (source.descriptor) co_return Result<void>();
  auto find = [&source] { return output_target(source.local); };
  auto target = co_await net::run_blocking(context.pool, find);
  if (!target) co_return std::unexpected(target.error());
  if (target->descriptor == STDOUT_FILENO && context.output.json()) {
    co_return fail(ErrorCode::kInvalid,
                   "-o " + shown_name(source.local) + ": is standard output, which --json wants, too; choose one");
  }
  source.local = std::move(target->local);
  source.descriptor = target->descriptor;
  if (source.descriptor) context.interrupt.set_advice("");
  co_return Result<void>();
}

net::Task<Result<DownloadChoices>> choose(Context& context, const GetOptions& options) {
  auto filter = Filter::make(options.filter.rules);
  if (!filter) co_return std::unexpected(filter.error());
  DownloadChoices choices{.recursive = options.recursive,
                          .checksum = options.checksum,
                          .whole_file = options.whole_file,
                          .no_clobber = options.no_clobber,
                          .dry_run = options.dry_run,
                          .follow = options.output.has_value(),
                          .version = options.version,
                          .filter = std::move(*filter)};
  if (options.filter.files_from) {
    auto read = [&options] { return read_names(*options.filter.files_from); };
    auto names = co_await net::run_blocking(context.pool, read);
    if (!names) co_return std::unexpected(names.error());
    choices.names = std::move(*names);
  }
  co_return choices;
}

net::Task<> download(Context& context, DownloadChoices choices, std::vector<GetSource> sources) {
  Progress progress(context.executor, context.options, context.output);
  net::TaskGroup shown(context.executor);
  shown.spawn(progress.run());
  DownloadEngine engine(context, progress, std::move(choices));
  co_await engine.run(std::move(sources));
  progress.stop();
  co_await shown.join();
}

}  // namespace

net::Task<> get(Context& context, const GetOptions& options) {
  const auto checked = check_options(options, context.output.json());
  if (!checked) co_return context.tally.gave_up(checked.error());
  context.interrupt.set_advice(options.output == "-" ? "" : "resume with: " + context.options.command_line);
  auto choices = co_await choose(context, options);
  if (!choices) co_return context.tally.gave_up(choices.error());
  auto expanded = co_await expand_operands(context, options.remotes);
  std::vector<GetOperand> operands;
  for (auto& operand : expanded) {
    operands.push_back({std::move(operand.name), std::move(operand.path)});
  }
  if (is_over(context) || operands.empty()) co_return;  // said already
  auto sources = plan_get(options, std::move(operands));
  if (!sources) co_return context.tally.gave_up(sources.error());
  if (options.output) {
    const auto found = co_await find_target(context, sources->front());
    if (!found) co_return context.tally.gave_up(found.error());
  }
  auto plan = co_await check_collisions(context, *sources, *choices, options.on_collision);
  if (!plan) co_return context.tally.gave_up(plan.error());
  choices->collisions = std::move(*plan);
  co_await download(context, std::move(*choices), std::move(*sources));
}

}  // namespace ndisk::client
