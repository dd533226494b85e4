#include "client/commands/commands.hpp"
#include "client/commands/placing.hpp"
#include "client/request.hpp"

namespace ndisk::client {
namespace {

using protocol::FrameType;

net::Task<Result<wire::Done>> move_one(Link& link, const Operand& source, const RemotePath& destination,
                                       const MoveOptions& options) {
  wire::Move message;
  message.set_request_id(new_request_id());
  message.set_from(source.path.bytes());
  message.set_to(destination.bytes());
  message.set_exact(options.exact);
  message.set_no_clobber(options.no_clobber);
  co_return co_await request<wire::Done>(link, FrameType::kMove, message, FrameType::kDone);
}

}  // namespace

net::Task<> move(Context& context, const MoveOptions& options) {
  const auto placing = co_await plan_placing(context, options);
  if (!placing) co_return;
  Ask<wire::Done> change = [&](const Operand& source) {
    return move_one(context.link, source, placing->destination, options);
  };
  Learn<wire::Done> learn = [&](const Operand& source, const Result<wire::Done>& done) {
    learn_placed(context, "moved", source, done);
  };
  co_await change_each(context, placing->sources, std::move(change), std::move(learn));
}

}  // namespace ndisk::client
