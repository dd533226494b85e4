#include "client/commands/placing.hpp"

#include <unordered_set>

#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

net::Task<Result<void>> check_folder(Link& link, const RemotePath& path, const std::string& name) {
  const auto info = co_await stat_path(link, path);
  if (!info && info.error().code == ErrorCode::kNotFound) {
    co_return fail(ErrorCode::kNotFound, shown_name(name) + ": the folder to put into does not exist; make it first");
  }
  if (!info) co_return std::unexpected(info.error());
  if (info->entry().kind() == wire::FOLDER) co_return Result<void>();
  co_return fail(ErrorCode::kNotFolder, shown_name(name) + ": is a file, not a folder to put into");
}

// Two sources of one name would replace each other.
std::vector<Operand> with_names_apart(Context& context, std::vector<Operand> sources, const std::string& destination) {
  std::unordered_set<std::string> names;
  std::vector<Operand> apart;
  for (auto& source : sources) {
    if (names.emplace(source.path.name()).second) {
      apart.push_back(std::move(source));
      continue;
    }
    count_failure(context,
                  {ErrorCode::kConflict, shown_name(source.name) + ": another source is called " +
                                             shown_name(source.path.name()) + ", too; both can't go into " +
                                             shown_name(destination)},
                  source.name);
  }
  return apart;
}

}  // namespace

net::Task<std::optional<Placing>> plan_placing(Context& context, const MoveOptions& options) {
  auto destination = path_of_word(options.destination);
  if (!destination) {
    context.tally.failed(destination.error(), options.destination);
    co_return std::nullopt;
  }
  auto sources = co_await expand_operands(context, options.sources);
  const bool needs_folder = options.into_folder || sources.size() > 1 || options.destination.ends_with('/');
  if (needs_folder && !sources.empty() && !destination->is_root() && !options.exact) {
    auto checked = co_await check_folder(context.link, *destination, options.destination);
    const bool is_missing = !checked && checked.error().code == ErrorCode::kNotFound;
    if (is_missing && !options.into_folder && sources.size() == 1) {
      // `mv photos pictures/` is a new name with a slash behind, for a folder.
      const auto source = co_await stat_path(context.link, sources.front().path);
      if (source && source->entry().kind() == wire::FOLDER) checked = Result<void>();
    }
    if (!checked) {
      count_failure(context, checked.error(), options.destination);
      co_return std::nullopt;
    }
  }
  Placing placing{with_names_apart(context, std::move(sources), options.destination), std::move(*destination)};
  co_return placing;
}

void learn_placed(Context& context, const std::string& type, const Operand& source, const Result<wire::Done>& done) {
  if (!done) return count_failure(context, done.error(), source.name);
  context.tally.done();
  if (context.output.json()) {
    JsonFields fields{{"type", type}};
    add_path(fields, done->path());
    add_name(fields, "from", source.path.bytes());
    context.output.add_object(fields);
  } else if (context.output.prints_each()) {
    context.output.add_line(shown_name(source.name) + " -> " + shown_name(done->path()));
  }
}

}  // namespace ndisk::client
