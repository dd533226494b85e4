#include "client/commands/commands.hpp"
#include "client/commands/copy_parts.hpp"
#include "client/commands/placing.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

// In one piece, or, where the server says that it can't be and it is too large for that, in parts.
net::Task<Result<wire::Done>> copy_one(Context& context, const Operand& source, const RemotePath& destination,
                                       const CopyOptions& options) {
  auto done = co_await ask_copy(context.link, source.path, destination, options);
  if (done || done.error().code != ErrorCode::kInvalid || !options.recursive || options.version) co_return done;
  const auto is_too_much = co_await is_too_much_for_one_copy(context.link, source.path);
  if (!is_too_much || !*is_too_much) co_return done;
  co_return co_await copy_parts(context, source, destination, options);
}

}  // namespace

net::Task<> copy(Context& context, const CopyOptions& options) {
  const auto placing = co_await plan_placing(context, options);
  if (!placing) co_return;
  if (options.version && placing->sources.size() > 1) {
    co_return context.tally.gave_up({ErrorCode::kInvalid, "--version takes one source: it is one file's"});
  }
  Ask<wire::Done> change = [&](const Operand& source) {
    return copy_one(context, source, placing->destination, options);
  };
  Learn<wire::Done> learn = [&](const Operand& source, const Result<wire::Done>& done) {
    learn_placed(context, "copied", source, done);
  };
  co_await change_each(context, placing->sources, std::move(change), std::move(learn));
}

}  // namespace ndisk::client
