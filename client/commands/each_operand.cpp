#include "client/commands/each_operand.hpp"

#include <unordered_set>

#include "client/remote/remote_glob.hpp"
#include "client/request.hpp"
#include "common/bytes.hpp"
#include "common/random.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

// Whether the order in which they are made can matter: one is twice there, or lies below another.
bool overlap(const std::vector<Operand>& operands) {
  std::unordered_set<std::string> all;
  for (const auto& operand : operands) {
    if (!all.insert(operand.path.bytes()).second) return true;
  }
  for (const auto& operand : operands) {
    auto above = operand.path;
    while (!above.is_root()) {
      above = above.parent();
      if (all.contains(above.bytes())) return true;
    }
  }
  return false;
}

}  // namespace

net::Task<Result<wire::StatInfo>> stat_path(Link& link, const RemotePath& path) {
  wire::Stat message;
  message.set_path(path.bytes());
  co_return co_await request<wire::StatInfo>(link, protocol::FrameType::kStat, message, protocol::FrameType::kStatInfo);
}

Result<RemotePath> path_of_word(const std::string& word) {
  if (word.empty()) return fail(ErrorCode::kInvalid, "'': an empty name is no file or folder; / is the whole drive");
  auto path = RemotePath::from_user(word);
  if (!path) return fail_with_context(shown_name(word), path.error());
  return path;
}

net::Task<std::vector<Operand>> expand_operands(Context& context, const std::vector<std::string>& words, bool force) {
  std::vector<Operand> operands;
  for (const auto& word : words) {
    const auto literal = path_of_word(word);
    if (!literal) {
      context.tally.failed(literal.error(), word);
      continue;
    }
    auto paths = co_await expand_remote(context.link, word);
    if (!paths) {
      if (force && paths.error().code == ErrorCode::kNotFound) continue;
      count_failure(context, paths.error(), word);
      continue;
    }
    for (auto& path : *paths) {
      auto name = path == *literal ? word : (word.starts_with('/') ? "/" : "") + path.bytes();
      operands.push_back({std::move(path), std::move(name)});
    }
  }
  co_return operands;
}

void count_failure(Context& context, const Error& error, std::string_view name) {
  if (context.link.given_up()) return context.tally.gave_up(*context.link.given_up());
  context.tally.failed(error, name.empty() ? "/" : name);
}

bool is_over(const Context& context) { return context.link.stopping() || context.link.given_up().has_value(); }

net::Task<bool> write_output(Context& context) {
  auto flush = [&context] { return context.output.flush(); };
  const auto written = co_await net::run_blocking(context.pool, flush);
  co_return written.has_value();
}

net::Task<> change_each(Context& context, const std::vector<Operand>& operands, Ask<wire::Done> change,
                        Learn<wire::Done> learn) {
  const std::size_t at_once = overlap(operands) ? 1 : kOperandsAtOnce;
  co_await ask_each<wire::Done>(context, operands, std::move(change), std::move(learn), at_once);
}

net::Task<> stat_each(Context& context, const std::vector<Operand>& operands, Learn<wire::StatInfo> learn) {
  Ask<wire::StatInfo> ask = [&context](const Operand& operand) { return stat_path(context.link, operand.path); };
  co_await ask_each<wire::StatInfo>(context, operands, std::move(ask), std::move(learn));
}

std::string new_request_id() {
  const auto id = random_bytes<protocol::kRequestIdBytes>();
  return std::string(as_text(id));
}

}  // namespace ndisk::client
