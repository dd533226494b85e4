#include <fmt/format.h>

#include "client/commands/commands.hpp"
#include "client/commands/each_operand.hpp"
#include "client/commands/trash_items.hpp"
#include "client/entry_text.hpp"
#include "client/request.hpp"
#include "common/protocol/limits.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

using protocol::FrameType;

void show(Output& output, const wire::TrashEntry& item, bool raw) {
  if (output.json()) {
    JsonFields fields{{"type", std::string("trash")}, {"id", item.id()}};
    add_path(fields, item.path());
    fields.emplace_back("kind", kind_name(item.kind()));
    fields.emplace_back("removed", std::int64_t{item.removed_ns()});
    fields.emplace_back("device", item.device_name());
    fields.emplace_back("files", item.files());
    fields.emplace_back("bytes", item.bytes());
    if (item.expires_ns() != 0) fields.emplace_back("expires", std::int64_t{item.expires_ns()});
    output.add_object(fields);
  } else if (raw) {
    output.add(item.path());
    output.add(std::string_view("\0", 1));
  } else {
    output.add_line(fmt::format("{} {} {} {} {}{}", item.id(), shown_time(item.removed_ns()), item.bytes(),
                                shown_name(item.device_name()), shown_name(item.path()),
                                item.kind() == wire::FOLDER ? "/" : ""));
  }
}

net::Task<> list_trash(Context& context, bool raw) {
  std::function<bool(const wire::TrashEntry&)> take = [&](const wire::TrashEntry& item) {
    show(context.output, item, raw);
    context.tally.done(item.bytes());
    return true;
  };
  const auto walked = co_await walk_trash(context, std::move(take));
  if (!walked) context.tally.gave_up(walked.error());
}

net::Task<Result<wire::Done>> restore_one(Link& link, std::uint64_t id, const RemotePath& to) {
  wire::RestoreTrash message;
  message.set_request_id(new_request_id());
  message.set_id(id);
  message.set_to(to.bytes());
  co_return co_await request<wire::Done>(link, FrameType::kRestoreTrash, message, FrameType::kDone);
}

void learn_restored(Context& context, const TrashMatch& item, const Result<wire::Done>& done) {
  if (!done) return count_failure(context, done.error(), item.word);
  context.tally.done();
  if (context.output.json()) {
    JsonFields fields{{"type", std::string("restored")}};
    add_path(fields, done->path());
    add_name(fields, "from", item.path);
    fields.emplace_back("id", item.id);
    context.output.add_object(fields);
  } else if (context.output.prints_each()) {
    context.output.add_line(shown_name(done->path()));
  }
}

net::Task<> restore_items(Context& context, const TrashOptions& options) {
  RemotePath to;
  if (options.to) {
    auto parsed = RemotePath::from_user(*options.to);
    const bool is_root = parsed && parsed->is_root();
    if (is_root) parsed = fail(ErrorCode::kInvalid, "--to needs a name, not the drive itself");
    if (!parsed) co_return context.tally.gave_up(parsed.error());
    to = std::move(*parsed);
  }
  const auto items = co_await find_in_trash(context, options.items, true);
  if (options.to && items.size() > 1) {
    co_return context.tally.gave_up({ErrorCode::kInvalid, "--to takes one ITEM: it names the one result"});
  }
  // One after the other: what comes back first keeps its name, whatever comes back beside it.
  for (const auto& item : items) {
    const auto done = co_await restore_one(context.link, item.id, to);
    learn_restored(context, item, done);
  }
}

net::Task<Result<std::uint64_t>> empty_some(Link& link, const TrashOptions& options,
                                            std::span<const TrashMatch> items) {
  wire::EmptyTrash message;
  message.set_request_id(new_request_id());
  for (const auto& item : items) message.add_ids(item.id);
  if (options.older_than) message.set_removed_before_ns(*options.older_than);
  const auto done = co_await request<wire::Done>(link, FrameType::kEmptyTrash, message, FrameType::kDone);
  if (!done) co_return std::unexpected(done.error());
  co_return done->count();
}

net::Task<> empty_trash(Context& context, const TrashOptions& options) {
  const auto items = co_await find_in_trash(context, options.items, false);
  std::uint64_t count = 0;
  if (!options.items.empty() && items.empty()) co_return;  // said; without a number the server takes all
  for (std::size_t start = 0; start == 0 || start < items.size(); start += protocol::kMaxTrashIds) {
    const std::span<const TrashMatch> all(items);
    const auto some = all.subspan(start, std::min(protocol::kMaxTrashIds, all.size() - start));
    const auto emptied = co_await empty_some(context.link, options, some);
    if (!emptied) co_return count_failure(context, emptied.error(), some.empty() ? "the trash" : some.front().word);
    count += *emptied;
  }
  context.tally.done(0, count);
  if (context.output.json()) {
    context.output.add_object({{"type", std::string("emptied")}, {"count", count}});
  } else if (context.output.prints_each()) {
    context.output.add_line(std::to_string(count));
  }
}

}  // namespace

net::Task<> trash(Context& context, const TrashOptions& options) {
  switch (options.action) {
    case TrashAction::kList: co_return co_await list_trash(context, options.raw);
    case TrashAction::kRestore: co_return co_await restore_items(context, options);
    case TrashAction::kEmpty: co_return co_await empty_trash(context, options);
  }
}

}  // namespace ndisk::client
