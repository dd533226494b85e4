#include <fmt/format.h>

#include "client/commands/commands.hpp"
#include "client/commands/each_operand.hpp"
#include "client/entry_text.hpp"
#include "common/protocol/bulk.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

using protocol::FrameType;

struct Shown {
  wire::StatInfo info;
  std::string target;  // of a link
};

net::Task<Result<std::string>> try_read_link(Link& link, const RemotePath& path, std::uint64_t version) {
  auto stream = co_await link.open_stream();
  if (!stream) co_return std::unexpected(stream.error());
  wire::Open open;
  open.set_path(path.bytes());
  open.set_version(version);
  auto sent = co_await (*stream)->send(FrameType::kOpen, open);
  if (!sent) co_return std::unexpected(sent.error());
  const auto frame = co_await (*stream)->receive();
  if (!frame) co_return std::unexpected(frame.error());
  if (frame->header.type != FrameType::kSmallFile) {
    co_return fail(ErrorCode::kProtocol, "the server did not answer Open of a link with its target");
  }
  (*stream)->mark_ended();
  const auto small = protocol::parse_small(frame->payload);
  if (!small) co_return std::unexpected(small.error());
  co_return std::string(as_text(small->content));
}

net::Task<Result<std::string>> read_link(Link& link, const RemotePath& path, std::uint64_t version) {
  Link::Tries tries;
  for (;;) {
    auto target = co_await try_read_link(link, path, version);
    if (target) co_return target;
    auto retry = co_await link.before_retry(target.error(), tries);
    if (!retry) co_return std::unexpected(retry.error());
  }
}

net::Task<Result<Shown>> look_at(Link& link, const RemotePath& path) {
  auto info = co_await stat_path(link, path);
  if (!info) co_return std::unexpected(info.error());
  Shown shown{std::move(*info), {}};
  if (shown.info.entry().kind() == wire::LINK) {
    auto target = co_await read_link(link, path, shown.info.entry().version());
    if (!target) co_return std::unexpected(target.error());
    shown.target = std::move(*target);
  }
  co_return shown;
}

void add_object(Output& output, const RemotePath& path, const Shown& shown) {
  const auto& info = shown.info;
  auto fields = entry_fields(info.entry(), path.bytes());
  if (info.entry().kind() == wire::FOLDER) {
    add_totals(fields, info.entry().totals());
    return output.add_object(fields);
  }
  if (info.entry().kind() == wire::LINK) add_name(fields, "target", shown.target);
  fields.emplace_back("created", std::int64_t{info.created_ns()});
  fields.emplace_back("device", info.device_name());
  fields.emplace_back("change", info.change());
  fields.emplace_back("versions", info.versions());
  output.add_object(fields);
}

void add_text(Output& output, const Operand& operand, const Shown& shown) {
  const auto& entry = shown.info.entry();
  const auto line = [&](std::string_view key, const std::string& value) {
    output.add_line(fmt::format("{:<9} {}", key, value));
  };
  const auto mode = entry.attributes().mode();
  line("path", shown_name(operand.name));
  line("kind", kind_name(entry.kind()));
  if (entry.kind() == wire::LINK) line("target", shown_name(shown.target));
  if (entry.kind() != wire::FOLDER) line("size", std::to_string(entry.size()));
  line("mode", fmt::format("{:04o} {}", mode, shown_mode(mode, entry.kind())));
  line("mtime", shown_exact_time(entry.attributes().mtime_ns()));
  if (entry.kind() == wire::FOLDER) {
    line("files", std::to_string(entry.totals().files()));
    line("folders", std::to_string(entry.totals().folders()));
    line("bytes", std::to_string(entry.totals().bytes()));
    return;
  }
  line("version", std::to_string(entry.version()));
  line("created", shown_exact_time(shown.info.created_ns()));
  line("device", shown_name(shown.info.device_name()));
  line("versions", std::to_string(shown.info.versions()));
  line("sha256", to_hex(as_bytes(entry.sha256())));
  if (entry.damaged()) line("damaged", "on the server's disk: put the same content again, which heals it");
}

}  // namespace

net::Task<> stat(Context& context, const StatOptions& options) {
  const auto operands = co_await expand_operands(context, options.remotes);
  bool is_first = true;
  Ask<Shown> ask = [&](const Operand& operand) { return look_at(context.link, operand.path); };
  Learn<Shown> learn = [&](const Operand& operand, const Result<Shown>& shown) {
    if (!shown) return count_failure(context, shown.error(), operand.name);
    context.tally.done(shown->info.entry().size());
    if (context.output.json()) return add_object(context.output, operand.path, *shown);
    if (!is_first) context.output.add_line("");
    is_first = false;
    add_text(context.output, operand, *shown);
  };
  co_await ask_each<Shown>(context, operands, std::move(ask), std::move(learn));
}

}  // namespace ndisk::client
