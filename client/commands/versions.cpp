#include <fmt/format.h>

#include "client/commands/commands.hpp"
#include "client/commands/each_operand.hpp"
#include "client/commands/pages.hpp"
#include "client/entry_text.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

using protocol::FrameType;

void add_object(Output& output, const Operand& operand, const wire::VersionInfo& version) {
  JsonFields fields{{"type", std::string("version")}};
  add_path(fields, operand.path.bytes());
  fields.emplace_back("version", version.version());
  fields.emplace_back("kind", kind_name(version.kind()));
  fields.emplace_back("size", version.size());
  fields.emplace_back("mtime", std::int64_t{version.attributes().mtime_ns()});
  fields.emplace_back("mode", std::uint64_t{version.attributes().mode()});
  fields.emplace_back("sha256", to_hex(as_bytes(version.sha256())));
  fields.emplace_back("created", std::int64_t{version.created_ns()});
  fields.emplace_back("device", version.device_name());
  fields.emplace_back("change", version.change());
  fields.emplace_back("current", version.current());
  if (version.damaged()) fields.emplace_back("damaged", true);
  output.add_object(fields);
}

void show(Output& output, const Operand& operand, const wire::VersionInfo& version) {
  if (output.json()) return add_object(output, operand, version);
  output.add_line(fmt::format(
      "{} {} {} {} {} {}{}{}", version.version(), shown_mode(version.attributes().mode(), version.kind()),
      version.size(), shown_time(version.attributes().mtime_ns()), shown_time(version.created_ns()),
      shown_name(version.device_name()), version.current() ? " current" : "", version.damaged() ? " damaged" : ""));
}

// Newest first: after a lost connection the pages that are known already are skipped.
net::Task<Result<void>> show_versions(Context& context, const Operand& operand) {
  wire::ListVersions question;
  question.set_path(operand.path.bytes());
  Pages<wire::ListVersions, wire::VersionsPage> pages(context.link, FrameType::kListVersions, std::move(question),
                                                      FrameType::kVersionsPage);
  auto last = UINT64_MAX;
  for (;;) {
    const auto page = co_await pages.next();
    if (!page) co_return std::unexpected(page.error());
    if (!*page) co_return Result<void>();
    for (const auto& version : (*page)->versions()) {
      if (version.version() >= last) continue;
      last = version.version();
      show(context.output, operand, version);
    }
    const bool written = co_await write_output(context);
    if (!written) co_return Result<void>();  // said at the end
  }
}

}  // namespace

net::Task<> versions(Context& context, const VersionsOptions& options) {
  const auto operands = co_await expand_operands(context, options.remotes);
  const bool is_named = !context.output.json() && (operands.size() > 1 || options.remotes.size() > 1);
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (is_named) context.output.add_line((i > 0 ? "\n" : "") + shown_name(operands[i].name) + ":");
    const auto shown = co_await show_versions(context, operands[i]);
    if (!shown) {
      count_failure(context, shown.error(), operands[i].name);
    } else {
      context.tally.done();
    }
    if (context.link.stopping()) co_return;
  }
}

}  // namespace ndisk::client
