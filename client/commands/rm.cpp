#include "client/commands/commands.hpp"
#include "client/commands/each_operand.hpp"
#include "client/request.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

using protocol::FrameType;

net::Task<Result<wire::Done>> remove_one(Link& link, const Operand& operand, bool recursive) {
  if (operand.path.is_root()) {
    co_return fail(ErrorCode::kInvalid, "/: the drive itself can't be removed; name what is in it");
  }
  wire::Remove message;
  message.set_request_id(new_request_id());
  message.set_path(operand.path.bytes());
  message.set_recursive(recursive);
  auto done = co_await request<wire::Done>(link, FrameType::kRemove, message, FrameType::kDone);
  if (!done && done.error().code == ErrorCode::kIsFolder && !recursive) {
    co_return fail(ErrorCode::kIsFolder,
                   shown_name(operand.name) + ": is a folder; use -r to remove it with all in it");
  }
  co_return done;
}

bool is_missing(const Error& error) {
  return error.code == ErrorCode::kNotFound || error.code == ErrorCode::kNotFolder;
}

void learn_removed(Context& context, const Operand& operand, const Result<wire::Done>& done, bool force) {
  if (!done && force && is_missing(done.error())) return;
  if (!done) return count_failure(context, done.error(), operand.name);
  context.tally.done();
  if (context.output.json()) {
    JsonFields fields{{"type", std::string("removed")}};
    add_path(fields, operand.path.bytes());
    context.output.add_object(fields);
  } else if (context.output.prints_each()) {
    context.output.add_line(shown_name(operand.name));
  }
}

}  // namespace

net::Task<> remove(Context& context, const RemoveOptions& options) {
  const auto operands = co_await expand_operands(context, options.remotes, options.force);
  Ask<wire::Done> change = [&](const Operand& operand) { return remove_one(context.link, operand, options.recursive); };
  Learn<wire::Done> learn = [&](const Operand& operand, const Result<wire::Done>& done) {
    learn_removed(context, operand, done, options.force);
  };
  co_await change_each(context, operands, std::move(change), std::move(learn));
}

}  // namespace ndisk::client
