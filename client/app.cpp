#include "client/app.hpp"

#include <asio/io_context.hpp>
#include <cstdlib>
#include <string_view>

#include "client/commands/commands.hpp"

namespace ndisk::client {
namespace {

// One reads and digests while another writes; more would only wait for the same disk.
constexpr std::size_t kPoolThreads = 4;

template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};

std::string_view command_name(const CommandOptions& command) {
  return std::visit(
      Overloaded{[](const LoginOptions&) { return "login"; }, [](const PutOptions&) { return "put"; },
                 [](const GetOptions&) { return "get"; }, [](const ListOptions&) { return "list"; },
                 [](const RemoveOptions&) { return "rm"; }, [](const UploadsOptions&) { return "uploads"; },
                 [](const MakeFolderOptions&) { return "mkdir"; }, [](const MoveOptions&) { return "mv"; },
                 [](const CopyOptions&) { return "cp"; }, [](const StatOptions&) { return "stat"; },
                 [](const FindOptions&) { return "find"; }, [](const DiskUsageOptions&) { return "du"; },
                 [](const CatOptions&) { return "cat"; }, [](const VersionsOptions&) { return "versions"; },
                 [](const RestoreOptions&) { return "restore"; }, [](const TrashOptions&) { return "trash"; },
                 [](const VerifyOptions&) { return "verify"; }, [](const PingOptions&) { return "ping"; }},
      command);
}

net::Task<> dispatch(Context& context, const CommandOptions& command) {
  return std::visit(Overloaded{[](const LoginOptions&) -> net::Task<> { std::abort(); },  // never comes here
                               [&](const PutOptions& options) { return put(context, options); },
                               [&](const GetOptions& options) { return get(context, options); },
                               [&](const ListOptions& options) { return list(context, options); },
                               [&](const RemoveOptions& options) { return remove(context, options); },
                               [&](const UploadsOptions& options) { return uploads(context, options); },
                               [&](const MakeFolderOptions& options) { return make_folder(context, options); },
                               [&](const MoveOptions& options) { return move(context, options); },
                               [&](const CopyOptions& options) { return copy(context, options); },
                               [&](const StatOptions& options) { return stat(context, options); },
                               [&](const FindOptions& options) { return find(context, options); },
                               [&](const DiskUsageOptions& options) { return disk_usage(context, options); },
                               [&](const CatOptions& options) { return cat(context, options); },
                               [&](const VersionsOptions& options) { return versions(context, options); },
                               [&](const RestoreOptions& options) { return restore(context, options); },
                               [&](const TrashOptions& options) { return trash(context, options); },
                               [&](const VerifyOptions& options) { return verify(context, options); },
                               [&](const PingOptions& options) { return ping(context, options); }},
                    command);
}

net::Task<> run_with_link(Context& context, const CommandOptions& command) {
  co_await dispatch(context, command);
  co_await context.link.close();
  context.interrupt.disarm();
}

net::Task<> run_login(const GlobalOptions& global, const LoginOptions& options, Output& output, Tally& tally,
                      Interrupt& interrupt) {
  co_await login(global, options, output, tally);
  interrupt.disarm();
}

}  // namespace

int run(const Invocation& invocation) {
  Output output(invocation.global);
  Tally tally(output);
  asio::io_context io(1);
  Interrupt interrupt(io.get_executor(), output);  // before any thread
  net::BlockingPool pool(kPoolThreads);
  net::TaskGroup tasks(io.get_executor());
  std::optional<Link> link;
  std::optional<Context> context;
  if (const auto* options = std::get_if<LoginOptions>(&invocation.command)) {
    // Nothing is under way that would need an end in good order: the key is stored, the same login may be made again.
    interrupt.on_first([] { std::_Exit(exit_code(ErrorCode::kCancelled)); });
    tasks.spawn(run_login(invocation.global, *options, output, tally, interrupt));
  } else if (auto target = resolve_target(invocation.global); !target) {
    tally.gave_up(target.error());
  } else {
    link.emplace(io.get_executor(), std::move(*target), output);
    context.emplace(Context{invocation.global, io.get_executor(), pool, output, *link, interrupt, tally});
    interrupt.on_first([&link] { link->stop(); });
    tasks.spawn(run_with_link(*context, invocation.command));
  }
  io.run();

  int code = interrupt.interrupted() ? exit_code(ErrorCode::kCancelled) : tally.exit_code();
  if (output.json()) output.add_object(tally.summary(command_name(invocation.command), code));
  if (const auto written = output.flush(); !written) {
    if (!interrupt.interrupted()) output.error(written.error());
    if (code == 0) code = exit_code(written.error().code);
  }
  // A thread of the pool may still wait for standard input, which nobody will close.
  if (interrupt.interrupted()) std::_Exit(code);
  return code;
}

}  // namespace ndisk::client
