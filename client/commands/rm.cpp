#include "client/commands/commands.hpp"
#include "client/request.hpp"
#include "common/random.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

using protocol::FrameType;

net::Task<Result<void>> remove_one(Link& link, const std::string& remote, bool recursive) {
  const auto path = RemotePath::from_user(remote);
  if (!path) co_return std::unexpected(path.error());
  if (path->is_root()) co_return fail(ErrorCode::kInvalid, "/: the drive itself can't be removed; name what is in it");
  const auto id = random_bytes<protocol::kRequestIdBytes>();
  wire::Remove message;
  message.set_request_id(std::string(as_text(id)));
  message.set_path(path->bytes());
  message.set_recursive(recursive);
  const auto done = co_await request<wire::Done>(link, FrameType::kRemove, message, FrameType::kDone);
  if (done) co_return Result<void>();
  if (done.error().code == ErrorCode::kIsFolder && !recursive) {
    co_return fail(ErrorCode::kIsFolder, shown_name(remote) + ": is a folder; use -r to remove it with all in it");
  }
  co_return std::unexpected(done.error());
}

}  // namespace

net::Task<> remove(Context& context, const RemoveOptions& options) {
  for (const auto& remote : options.remotes) {
    const auto removed = co_await remove_one(context.link, remote, options.recursive);
    if (context.link.given_up()) co_return context.tally.gave_up(*context.link.given_up());
    if (!removed) {
      context.tally.failed(removed.error(), remote);
      continue;
    }
    context.tally.done();
    if (context.output.json()) {
      JsonFields fields{{"type", std::string("removed")}};
      add_path(fields, remote);
      context.output.add_object(fields);
    } else if (context.output.prints_each()) {
      context.output.add_line(shown_name(remote));
    }
  }
}

}  // namespace ndisk::client
