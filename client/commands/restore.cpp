#include "client/commands/commands.hpp"
#include "client/commands/each_operand.hpp"
#include "client/remote/remote_glob.hpp"
#include "client/request.hpp"
#include "common/glob.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

using protocol::FrameType;

// Patterns match what is there. What is not may be in the trash under just this name.
net::Task<std::vector<Operand>> restorable(Context& context, const std::vector<std::string>& words) {
  std::vector<Operand> all;
  for (const auto& word : words) {
    const std::vector<std::string> one(1, word);
    auto found = co_await expand_operands(context, one, is_glob(word));
    auto literal = RemotePath::from_user(word);
    if (found.empty() && is_glob(word) && literal) found.push_back({std::move(*literal), word});
    for (auto& operand : found) all.push_back(std::move(operand));
  }
  co_return all;
}

net::Task<Result<wire::Done>> restore_one(Link& link, const Operand& operand, std::optional<std::uint64_t> version) {
  wire::Restore message;
  message.set_request_id(new_request_id());
  message.set_path(operand.path.bytes());
  if (version) message.set_version(*version);
  co_return co_await request<wire::Done>(link, FrameType::kRestore, message, FrameType::kDone);
}

void learn_restored(Context& context, const Operand& operand, const Result<wire::Done>& done) {
  if (!done) return count_failure(context, done.error(), operand.name);
  context.tally.done();
  const auto& path = done->path().empty() ? operand.path.bytes() : done->path();
  if (context.output.json()) {
    JsonFields fields{{"type", std::string("restored")}};
    add_path(fields, path);
    context.output.add_object(fields);
  } else if (context.output.prints_each()) {
    context.output.add_line(shown_name(path));
  }
}

}  // namespace

net::Task<> restore(Context& context, const RestoreOptions& options) {
  const auto operands = co_await restorable(context, options.remotes);
  if (options.version && operands.size() > 1) {
    co_return context.tally.gave_up({ErrorCode::kInvalid, "--version takes one REMOTE: it is one file's"});
  }
  Ask<wire::Done> change = [&](const Operand& operand) { return restore_one(context.link, operand, options.version); };
  Learn<wire::Done> learn = [&](const Operand& operand, const Result<wire::Done>& done) {
    learn_restored(context, operand, done);
  };
  co_await change_each(context, operands, std::move(change), std::move(learn));
}

}  // namespace ndisk::client
