#include "client/commands/commands.hpp"
#include "client/commands/each_operand.hpp"
#include "client/commands/find_filter.hpp"
#include "client/commands/walk.hpp"
#include "client/entry_text.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

void show(Context& context, bool raw, const std::string& name, std::string_view path, const wire::Entry& entry) {
  auto& output = context.output;
  if (output.json()) {
    output.add_object(entry_fields(entry, path));
  } else if (raw) {
    output.add(name);
    output.add(std::string_view("\0", 1));
  } else {
    output.add_line(shown_name(name));
  }
  context.tally.done(entry.size());
}

wire::List question(const RemotePath& folder, const FindOptions& options, const std::optional<wire::Filter>& filter) {
  wire::List list;
  list.set_path(folder.bytes());
  list.set_recursive(true);
  list.set_max_depth(options.max_depth.value_or(0));
  if (filter) *list.mutable_filter() = *filter;
  return list;
}

std::string_view name_of(const Operand& operand) { return operand.path.is_root() ? "/" : operand.path.name(); }

}  // namespace

net::Task<> find(Context& context, const FindOptions& options) {
  const auto filter = find_filter(options);
  const auto starts = co_await look_at_starts(context, options.remotes);
  for (const auto& start : starts) {
    const auto& operand = start.operand;
    if (!filter || matches(*filter, name_of(operand), start.entry)) {
      show(context, options.raw, operand.name, operand.path.bytes(), start.entry);
    }
    if (start.entry.kind() != wire::FOLDER || options.max_depth == 0U) continue;
    auto list = question(operand.path, options, filter);
    std::function<void(const wire::Entry&)> take = [&](const wire::Entry& entry) {
      show(context, options.raw, name_below(operand, entry), path_below(operand, entry), entry);
    };
    const bool goes_on = co_await walk(context, operand, std::move(list), std::move(take));
    if (!goes_on) co_return;
  }
}

}  // namespace ndisk::client
