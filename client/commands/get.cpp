#include <sys/stat.h>

#include <cerrno>
#include <filesystem>

#include "client/commands/commands.hpp"
#include "client/transfer/download_engine.hpp"
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

// A link that was named itself is followed; otherwise it would be replaced, /dev/stdout included.
void follow_link(GetSource& source) {
  struct stat status {};
  if (::lstat(source.local.c_str(), &status) != 0 || !S_ISLNK(status.st_mode)) return;
  std::error_code error;
  const auto behind = std::filesystem::canonical(source.local, error);
  if (!error) source.local = behind.native();
}

}  // namespace

net::Task<> get(Context& context, const GetOptions& options) {
  auto sources = plan_get(options);
  if (!sources) co_return context.tally.gave_up(sources.error());
  if (options.output) follow_link(sources->front());
  const auto checked = check_target(options);
  if (!checked) co_return context.tally.gave_up(checked.error());
  const bool to_standard_output = sources->front().to_standard_output;
  if (to_standard_output && context.output.json()) {
    co_return context.tally.gave_up({ErrorCode::kInvalid, "-o - and --json both want standard output; choose one"});
  }
  context.interrupt.set_advice(to_standard_output ? "" : "run the same command again to resume");
  Progress progress(context.executor, context.options, context.output);
  net::TaskGroup shown(context.executor);
  shown.spawn(progress.run());
  DownloadEngine engine(context, progress, options.recursive);
  co_await engine.run(std::move(*sources));
  progress.stop();
  co_await shown.join();
}

}  // namespace ndisk::client
