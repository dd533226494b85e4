#include "client/commands/trash_items.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>

#include "client/commands/each_operand.hpp"
#include "client/commands/pages.hpp"
#include "client/remote/remote_glob.hpp"
#include "common/glob.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

// One word of the command line, and what it was found to name.
struct Wanted {
  std::string word;
  std::optional<std::uint64_t> id;
  std::string path;                    // empty: no path can be called so
  std::vector<GlobComponent> pattern;  // empty: no pattern
  bool found_as_id = false;
  bool found_as_path = false;
  std::set<std::string> seen;  // paths that were matched
  std::vector<TrashMatch> matches;
};

Wanted wanted(const std::string& word) {
  Wanted result;
  result.word = word;
  std::uint64_t id = 0;
  const auto* const end = word.data() + word.size();
  const auto parsed = std::from_chars(word.data(), end, id);
  if (!word.empty() && parsed.ec == std::errc() && parsed.ptr == end) result.id = id;
  if (const auto path = RemotePath::from_user(word)) result.path = path->bytes();
  if (is_glob(word)) {
    if (auto pattern = split_glob(word)) result.pattern = std::move(*pattern);
  }
  return result;
}

bool matches_pattern(const std::vector<GlobComponent>& pattern, const std::string& path) {
  const auto parsed = RemotePath::from_wire(path);
  if (!parsed || pattern.empty()) return false;
  const auto names = parsed->components();
  if (names.size() != pattern.size()) return false;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!pattern[i].matches(names[i])) return false;
  }
  return true;
}

void offer(Wanted& wanted, const wire::TrashEntry& entry, bool newest_only) {
  if (wanted.found_as_id) return;
  if (wanted.id == entry.id()) {
    wanted.found_as_id = true;
    wanted.matches.assign(1, {entry.id(), entry.path(), wanted.word});
    return;
  }
  const bool is_path = !wanted.path.empty() && wanted.path == entry.path();
  // What has literally that name comes before what the pattern matches.
  if (is_path && !wanted.found_as_path) wanted.matches.clear(), wanted.seen.clear();
  if (is_path) wanted.found_as_path = true;
  if (!is_path && (wanted.found_as_path || !matches_pattern(wanted.pattern, entry.path()))) return;
  if (!wanted.seen.insert(entry.path()).second && newest_only) return;
  wanted.matches.push_back({entry.id(), entry.path(), wanted.word});
}

// Nothing older can change what it names.
bool is_settled(const Wanted& wanted, bool newest_only) {
  return wanted.found_as_id || (newest_only && wanted.found_as_path && !wanted.id);
}

}  // namespace

net::Task<Result<void>> walk_trash(Context& context, std::function<bool(const wire::TrashEntry&)> take) {
  Pages<wire::ListTrash, wire::TrashPage> pages(context.link, protocol::FrameType::kListTrash, wire::ListTrash(),
                                                protocol::FrameType::kTrashPage);
  std::optional<std::uint64_t> last;
  for (;;) {
    const auto page = co_await pages.next();
    if (!page) co_return std::unexpected(page.error());
    if (!*page) co_return Result<void>();
    for (const auto& entry : (*page)->entries()) {
      // Numbers only grow, and the newest comes first: after a lost connection the known ones come again.
      if (last && entry.id() >= *last) continue;
      last = entry.id();
      if (!take(entry)) co_return Result<void>();
    }
    const bool written = co_await write_output(context);
    if (!written) co_return Result<void>();  // said at the end
  }
}

net::Task<std::vector<TrashMatch>> find_in_trash(Context& context, const std::vector<std::string>& words,
                                                 bool newest_only) {
  if (words.empty()) co_return std::vector<TrashMatch>();
  std::vector<Wanted> all;
  for (const auto& word : words) {
    if (word.empty()) {
      context.tally.failed(path_of_word(word).error(), word);
    } else {
      all.push_back(wanted(word));
    }
  }
  if (all.empty()) co_return std::vector<TrashMatch>();
  std::function<bool(const wire::TrashEntry&)> take = [&](const wire::TrashEntry& entry) {
    for (auto& each : all) offer(each, entry, newest_only);
    return !std::ranges::all_of(all, [&](const Wanted& each) { return is_settled(each, newest_only); });
  };
  const auto walked = co_await walk_trash(context, std::move(take));
  std::vector<TrashMatch> matches;
  std::set<std::uint64_t> taken;
  for (auto& each : all) {
    if (!walked) {
      count_failure(context, walked.error(), each.word);
    } else if (each.matches.empty()) {
      count_failure(context,
                    {ErrorCode::kNotFound, shown_name(each.word) + ": is not in the trash; ndisk trash list shows it"},
                    each.word);
    }
    if (!walked) continue;
    for (auto& match : each.matches) {
      if (taken.insert(match.id).second) matches.push_back(std::move(match));
    }
  }
  co_return matches;
}

}  // namespace ndisk::client
