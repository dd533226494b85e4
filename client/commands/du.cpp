#include "client/commands/commands.hpp"
#include "client/commands/walk.hpp"
#include "client/entry_text.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

wire::Totals totals_of(const wire::Entry& entry) {
  if (entry.kind() == wire::FOLDER) return entry.totals();
  wire::Totals totals;
  totals.set_files(1);
  totals.set_bytes(entry.size());
  return totals;
}

void show(Output& output, const DiskUsageOptions& options, const std::string& name, std::string_view path,
          const wire::Totals& totals) {
  if (output.json()) {
    JsonFields fields{{"type", std::string("usage")}};
    add_path(fields, path);
    add_totals(fields, totals);
    return output.add_object(fields);
  }
  const auto size = options.human ? human_size(totals.bytes()) : std::to_string(totals.bytes());
  output.add(size + "\t" + (options.raw ? name : shown_name(name)));
  output.add(options.raw ? std::string_view("\0", 1) : "\n");
}

wire::List question(const RemotePath& folder, const DiskUsageOptions& options) {
  wire::List list;
  list.set_path(folder.bytes());
  list.set_recursive(true);
  list.set_with_totals(true);
  list.set_folders_only(true);
  list.set_max_depth(options.max_depth.value_or(0));
  return list;
}

}  // namespace

net::Task<> disk_usage(Context& context, const DiskUsageOptions& options) {
  const auto starts = co_await look_at_starts(context, options.remotes);
  for (const auto& start : starts) {
    const auto& operand = start.operand;
    const auto totals = totals_of(start.entry);
    show(context.output, options, operand.name, operand.path.bytes(), totals);
    context.tally.done(totals.bytes());
    if (start.entry.kind() != wire::FOLDER || options.summarize || options.max_depth == 0U) continue;
    auto list = question(operand.path, options);
    std::function<void(const wire::Entry&)> take = [&](const wire::Entry& entry) {
      show(context.output, options, name_below(operand, entry), path_below(operand, entry), totals_of(entry));
    };
    const bool goes_on = co_await walk(context, operand, std::move(list), std::move(take));
    if (!goes_on) co_return;
  }
}

}  // namespace ndisk::client
