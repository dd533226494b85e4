#include "client/transfer/naming.hpp"

#include <unistd.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

constexpr char kStandardStream[] = "-";

// The last component of a local path; empty if that is no name of its own (".", "..", "/").
std::string_view own_name(std::string_view path) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  const auto slash = path.rfind('/');
  if (slash != path.npos) path.remove_prefix(slash + 1);
  return path == "." || path == ".." ? std::string_view() : path;
}

std::unexpected<Error> usage(std::string message) { return fail(ErrorCode::kInvalid, std::move(message)); }

Result<PutSource> named_source(const PutOptions& options) {
  if (options.files.size() > 1) return usage("--name takes one FILE only: it names the one result");
  auto remote = RemotePath::from_user(*options.name);
  if (!remote) return fail_with_context("--name " + shown_name(*options.name), remote.error());
  if (remote->is_root()) return usage("--name " + shown_name(*options.name) + ": a name is missing");
  if (options.name->ends_with('/')) {
    return usage("--name " + shown_name(*options.name) + ": is a folder name; -t puts into a folder");
  }
  return PutSource{options.files.front(), std::move(*remote)};
}

Result<PutSource> placed_source(const std::string& local, const RemotePath& target) {
  if (local == kStandardStream) return usage("'-' is standard input, which has no name: give it one with --name");
  if (local.empty()) return usage("'': an empty name is no file");
  const auto name = own_name(local);
  if (name.empty()) return PutSource{local, target};
  auto remote = target.child(name);
  if (!remote) return fail_with_context(shown_name(local), remote.error());
  return PutSource{local, std::move(*remote)};
}

// A file name below a folder name, without doubling the slash.
std::string below(const std::string& folder, std::string_view name) {
  std::string path = folder;
  if (!path.empty() && path.back() != '/') path.push_back('/');
  return path.append(name);
}

}  // namespace

Result<std::vector<PutSource>> plan_put(const PutOptions& options) {
  std::vector<PutSource> sources;
  if (options.name) {
    auto source = named_source(options);
    if (!source) return std::unexpected(source.error());
    sources.push_back(std::move(*source));
    return sources;
  }
  if (options.target_directory && options.target_directory->empty()) {
    return usage("-t '': an empty name is no folder; -t / is the drive's top");
  }
  const auto target = RemotePath::from_user(options.target_directory.value_or(""));
  if (!target) return fail_with_context("-t " + shown_name(*options.target_directory), target.error());
  std::set<std::string> taken;
  bool gave_contents = false;
  for (const auto& local : options.files) {
    auto source = placed_source(local, *target);
    if (!source) return std::unexpected(source.error());
    const bool is_contents = source->remote == *target;
    if (!is_contents && !taken.insert(source->remote.bytes()).second) {
      return usage(shown_name(local) + ": another FILE is already called " + shown_name(source->remote.name()) +
                   "; put them one by one, with --name or -t");
    }
    source->may_repeat = !sources.empty() && (is_contents || gave_contents);
    gave_contents |= is_contents;
    sources.push_back(std::move(*source));
  }
  return sources;
}

Result<std::vector<GetSource>> plan_get(const GetOptions& options, std::vector<GetOperand> operands) {
  if (options.output && operands.size() > 1) return usage("-o takes one REMOTE only: it names the one result");
  if (options.output && options.output->empty()) return usage("-o '': an empty name is no file");
  std::vector<GetSource> sources;
  std::map<std::string, std::string> taken;  // local names, and what each is for
  for (auto& operand : operands) {
    GetSource source{.operand = std::move(operand.word), .remote = std::move(operand.remote), .local = {}};
    const auto folder = options.target_directory.value_or(".");
    source.local = source.remote.is_root() ? folder : below(folder, source.remote.name());
    if (options.output) source.local = *options.output;
    if (!source.remote.is_root()) source.below_target = std::string(own_name(source.local)) + "/";
    if (options.output == kStandardStream) source.descriptor = STDOUT_FILENO;
    const auto [place, is_first] = taken.emplace(source.local, source.remote.bytes());
    if (!is_first && place->second == source.remote.bytes()) continue;
    if (!is_first) {
      return usage(shown_name(source.operand) + ": another REMOTE is already called " +
                   shown_name(source.remote.name()) + "; get them one by one, with -o or -t");
    }
    sources.push_back(std::move(source));
  }
  const auto is_root = [](const GetSource& source) { return source.remote.is_root(); };
  if (sources.size() > 1 && std::ranges::any_of(sources, is_root)) {
    return usage("/ is the whole drive, with all else in it: get it alone");
  }
  return sources;
}

}  // namespace ndisk::client
