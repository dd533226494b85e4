#include "client/commands/walk.hpp"

#include "client/remote/listing.hpp"

namespace ndisk::client {

net::Task<std::vector<Start>> look_at_starts(Context& context, const std::vector<std::string>& words) {
  // Paths that begin with a slash are no options, whatever the names in the drive.
  const auto named = words.empty() ? std::vector<std::string>(1, "/") : words;
  const auto operands = co_await expand_operands(context, named);
  std::vector<Start> starts;
  Learn<wire::StatInfo> learn = [&](const Operand& operand, const Result<wire::StatInfo>& info) {
    if (!info) return count_failure(context, info.error(), operand.name);
    starts.push_back({operand, info->entry()});
  };
  co_await stat_each(context, operands, std::move(learn));
  co_return starts;
}

net::Task<bool> walk(Context& context, const Operand& operand, wire::List list,
                     std::function<void(const wire::Entry&)> take) {
  Listing listing(context.link, std::move(list));
  for (;;) {
    const auto page = co_await listing.next();
    if (!page) {
      count_failure(context, page.error(), operand.name);
      co_return !is_over(context);
    }
    if (!*page) co_return true;
    for (const auto& entry : **page) take(entry);
    const bool written = co_await write_output(context);
    if (!written) co_return false;
  }
}

std::string name_below(const Operand& operand, const wire::Entry& entry) {
  return operand.name + (operand.name.ends_with('/') ? "" : "/") + entry.path();
}

std::string path_below(const Operand& operand, const wire::Entry& entry) {
  return operand.path.is_root() ? entry.path() : operand.path.bytes() + "/" + entry.path();
}

}  // namespace ndisk::client
