#include "client/commands/commands.hpp"
#include "client/commands/each_operand.hpp"
#include "client/entry_text.hpp"
#include "client/remote/listing.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

// One line, or one object. `path` is the entry's own in the drive, so that each object can be used by itself.
void show(Context& context, const ListOptions& options, std::string_view path, const wire::Entry& entry) {
  auto& output = context.output;
  if (output.json()) {
    output.add_object(entry_fields(entry, path));
  } else if (options.raw) {
    output.add(entry.path() + (entry.kind() == wire::FOLDER ? "/" : ""));
    output.add(std::string_view("\0", 1));
  } else {
    output.add_line(options.details ? long_line(entry) : plain_line(entry));
  }
  context.tally.done(entry.size());
}

std::string whole_path(const RemotePath& listed, bool is_file, const wire::Entry& entry) {
  if (is_file) return listed.bytes();
  return listed.is_root() ? entry.path() : listed.bytes() + "/" + entry.path();
}

net::Task<bool> list_one(Context& context, const ListOptions& options, const Operand& operand) {
  Listing listing(context.link, operand.path, options.recursive);
  for (;;) {
    const auto page = co_await listing.next();
    if (!page) {
      count_failure(context, page.error(), operand.name);
      co_return !is_over(context);
    }
    if (!*page) co_return true;
    for (const auto& entry : **page) {
      show(context, options, whole_path(operand.path, listing.is_file(), entry), entry);
    }
    const bool written = co_await write_output(context);
    if (!written) co_return false;
  }
}

// As ls: files first, each as it was named; then the folders, each below its name.
net::Task<> list_several(Context& context, const ListOptions& options, const std::vector<Operand>& operands) {
  std::vector<Operand> folders;
  bool is_first = true;
  Learn<wire::StatInfo> learn = [&](const Operand& operand, const Result<wire::StatInfo>& info) {
    if (!info) return count_failure(context, info.error(), operand.name);
    if (info->entry().kind() == wire::FOLDER) return folders.push_back(operand);
    auto entry = info->entry();
    entry.set_path(operand.name);
    show(context, options, operand.path.bytes(), entry);
    is_first = false;
  };
  co_await stat_each(context, operands, std::move(learn));
  for (const auto& folder : folders) {
    if (!context.output.json()) {
      const std::string_view end = options.raw ? std::string_view("\0", 1) : "\n";
      if (!is_first) context.output.add(end);
      context.output.add((options.raw ? folder.name : shown_name(folder.name)) + ":");
      context.output.add(end);
    }
    is_first = false;
    const bool goes_on = co_await list_one(context, options, folder);
    if (!goes_on) co_return;
  }
}

}  // namespace

net::Task<> list(Context& context, const ListOptions& options) {
  const auto named = options.remotes.empty() ? std::vector<std::string>(1, "/") : options.remotes;
  const auto operands = co_await expand_operands(context, named);
  const bool is_pattern = operands.size() == 1 && operands.front().name != named.front();
  if (operands.size() > 1 || named.size() > 1 || is_pattern) {
    co_await list_several(context, options, operands);
  } else if (operands.size() == 1) {
    co_await list_one(context, options, operands.front());
  }
}

}  // namespace ndisk::client
