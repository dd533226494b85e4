#include "client/commands/commands.hpp"
#include "client/commands/placing.hpp"
#include "client/request.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

using protocol::FrameType;

net::Task<Result<wire::Done>> copy_one(Link& link, const Operand& source, const RemotePath& destination,
                                       const CopyOptions& options) {
  wire::Copy message;
  message.set_request_id(new_request_id());
  message.set_from(source.path.bytes());
  message.set_to(destination.bytes());
  message.set_exact(options.exact);
  message.set_no_clobber(options.no_clobber);
  message.set_recursive(options.recursive);
  if (options.version) message.set_version(*options.version);
  co_return co_await request<wire::Done>(link, FrameType::kCopy, message, FrameType::kDone);
}

}  // namespace

net::Task<> copy(Context& context, const CopyOptions& options) {
  const auto placing = co_await plan_placing(context, options);
  if (!placing) co_return;
  if (options.version && placing->sources.size() > 1) {
    co_return context.tally.gave_up({ErrorCode::kInvalid, "--version takes one source: it is one file's"});
  }
  Ask<wire::Done> change = [&](const Operand& source) {
    return copy_one(context.link, source, placing->destination, options);
  };
  Learn<wire::Done> learn = [&](const Operand& source, const Result<wire::Done>& done) {
    learn_placed(context, "copied", source, done);
  };
  co_await change_each(context, placing->sources, std::move(change), std::move(learn));
}

}  // namespace ndisk::client
