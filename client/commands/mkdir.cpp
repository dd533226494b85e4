#include "client/commands/commands.hpp"
#include "client/commands/each_operand.hpp"
#include "client/entry_text.hpp"
#include "client/request.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

using protocol::FrameType;

// Without -p a folder's parent has to be there.
net::Task<Result<void>> check_parent(Link& link, const Operand& operand) {
  const auto parent = operand.path.parent();
  if (parent.is_root()) co_return Result<void>();
  const auto info = co_await stat_path(link, parent);
  if (!info && info.error().code == ErrorCode::kNotFound) {
    co_return fail(ErrorCode::kNotFound, shown_name(operand.name) + ": the folder " + shown_name(parent.bytes()) +
                                             " does not exist; use -p to make it, too");
  }
  if (!info) co_return std::unexpected(info.error());
  if (info->entry().kind() == wire::FOLDER) co_return Result<void>();
  co_return fail(ErrorCode::kNotFolder,
                 shown_name(operand.name) + ": " + shown_name(parent.bytes()) + " is a file, not a folder");
}

net::Task<Result<wire::Done>> make_one(Link& link, const Operand& operand, bool parents) {
  const auto exists = fail(ErrorCode::kConflict, shown_name(operand.name) + ": File exists");
  if (operand.path.is_root() && parents) co_return wire::Done();
  if (operand.path.is_root()) co_return exists;
  if (!parents) {
    const auto checked = co_await check_parent(link, operand);
    if (!checked) co_return std::unexpected(checked.error());
  }
  wire::MakeFolder message;
  message.set_request_id(new_request_id());
  message.set_path(operand.path.bytes());
  message.set_must_not_exist(!parents);
  auto done = co_await request<wire::Done>(link, FrameType::kMakeFolder, message, FrameType::kDone);
  if (!done && !parents && done.error().code == ErrorCode::kConflict) co_return exists;
  co_return done;
}

void learn_made(Context& context, const Operand& operand, const Result<wire::Done>& done) {
  if (!done) return count_failure(context, done.error(), operand.name);
  context.tally.done();
  if (context.output.json()) {
    context.output.add_object(folder_fields(operand.path.bytes()));
  } else if (context.output.prints_each()) {
    context.output.add_line(shown_name(operand.name));
  }
}

}  // namespace

net::Task<> make_folder(Context& context, const MakeFolderOptions& options) {
  // These name what does not exist: no pattern is expanded.
  std::vector<Operand> operands;
  for (const auto& word : options.remotes) {
    auto path = path_of_word(word);
    if (!path) {
      context.tally.failed(path.error(), word);
    } else {
      operands.push_back({std::move(*path), word});
    }
  }
  Ask<wire::Done> change = [&](const Operand& operand) { return make_one(context.link, operand, options.parents); };
  Learn<wire::Done> learn = [&](const Operand& operand, const Result<wire::Done>& done) {
    learn_made(context, operand, done);
  };
  co_await change_each(context, operands, std::move(change), std::move(learn));
}

}  // namespace ndisk::client
