#include "client/download/collision_check.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <set>

#include "client/download/folding_look.hpp"
#include "client/download/probe_folder.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

constexpr std::size_t kMostNamed = 10;
// Operands whose own folders are tried out, too: they may be another disk's, or fold on their own.
constexpr std::size_t kMostOwnFolders = 100;

bool is_folder(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

std::set<std::string> folders_to_look_at(const std::vector<GetSource>& sources) {
  std::set<std::string> folders;
  for (const auto& source : sources) {
    if (source.descriptor) continue;
    if (!source.below_target.empty()) folders.insert(folder_of(source.local));
    if (folders.size() < kMostOwnFolders && is_folder(source.local)) folders.insert(source.local);
  }
  return folders;
}

// The first folder that folds names, of those that things land in.
std::optional<std::string> folding_folder(const std::vector<GetSource>& sources) {
  const auto folders = folders_to_look_at(sources);
  const auto found = std::ranges::find_if(folders, [](const std::string& each) { return folds_names(each); });
  return found == folders.end() ? std::nullopt : std::optional(*found);
}

// The same without a trace, if not as surely: one that folds, else one of which nobody knows.
Folding folding_by_looking(const std::vector<GetSource>& sources) {
  auto all = Folding::kNone;
  for (const auto& folder : folders_to_look_at(sources)) {
    const auto found = look_for_folding(folder);
    if (found == Folding::kCase) return found;
    if (found == Folding::kUnknown) all = found;
  }
  return all;
}

std::string pair_of(const CollidingName& colliding) {
  if (colliding.holder.empty()) return shown_name(colliding.path);
  return shown_name(colliding.holder) + " and " + shown_name(colliding.path);
}

// Names only, of everything that was asked for.
class Check {
 public:
  Check(Context& context, const DownloadChoices& choices, Collision how, NameSpace& disk)
      : context_(context), choices_(choices), how_(how), planner_(disk, how) {}

  net::Task<Result<CollisionPlan>> run(std::vector<const GetSource*> sources) {
    std::ranges::sort(sources, {}, [](const GetSource* source) { return source->below_target; });
    for (const auto* source : sources) {
      const auto done = co_await go_through(*source);
      if (!done) co_return std::unexpected(done.error());
    }
    if (how_ == Collision::kFail && count_ > 0) co_return std::unexpected(refusal());
    co_return std::move(plan_);
  }

 private:
  net::Task<Result<void>> go_through(const GetSource& source) {
    Listing listing(context_.link, source.remote, choices_.recursive);
    EntrySelection selection(choices_.filter, choices_.names);
    bool is_first = true;
    for (;;) {
      const auto page = co_await listing.next();
      if (!page || context_.link.stopping()) co_return Result<void>();
      auto work = [&]() -> Result<void> {
        const bool is_left_out = listing.is_file() && is_left_out_file(choices_, source.remote);
        if (is_first && !is_left_out && !source.below_target.empty()) {
          const auto own = source.below_target.substr(0, source.below_target.size() - 1);
          if (auto added = add(own, !listing.is_file()); !added) return added;
        }
        if (!*page || listing.is_file() || !choices_.recursive) return {};
        for (const auto& entry : **page) {
          const bool folder = entry.kind() == wire::FOLDER;
          if (selection.next(entry.path(), folder) == EntrySelection::Verdict::kLeaveOut) continue;
          if (auto added = add(source.below_target + entry.path(), folder); !added) return added;
        }
        return {};
      };
      const auto added = co_await net::run_blocking(context_.pool, work);
      if (!added) co_return added;
      if (!*page || !choices_.recursive) co_return Result<void>();
      tell();
      is_first = false;
    }
  }

  // On the pool.
  Result<void> add(const std::string& path, bool folder) {
    auto colliding = planner_.add(path, folder);
    if (!colliding) return std::unexpected(colliding.error());
    if (!*colliding) return {};
    ++count_;
    if (how_ != Collision::kFail || untold_.size() < kMostNamed) untold_.push_back(**colliding);
    if (how_ != Collision::kFail) plan_.add(std::move(**colliding));
    return {};
  }

  void tell() {
    if (how_ == Collision::kFail) return;
    for (const auto& each : untold_) {
      context_.output.note(pair_of(each) + ": one name on this disk; the second is " +
                           (each.name.empty() ? "left out" : "named " + shown_name(each.name)));
    }
    untold_.clear();
  }

  [[nodiscard]] Error refusal() const {
    std::string pairs;
    for (const auto& each : untold_) pairs += (pairs.empty() ? "" : ", ") + pair_of(each);
    if (count_ > untold_.size()) pairs += " and " + std::to_string(count_ - untold_.size()) + " more";
    return {ErrorCode::kConflict,
            "this disk takes names for the same that the drive tells apart: " + pairs +
                "; nothing was written, use --on-collision=rename or --on-collision=skip",
            false};
  }

  Context& context_;
  const DownloadChoices& choices_;
  Collision how_;
  CollisionPlanner planner_;
  CollisionPlan plan_;
  std::vector<CollidingName> untold_;
  std::size_t count_ = 0;
};

net::Task<Result<CollisionPlan>> run_check(Context& context, const std::vector<GetSource>& sources,
                                           const DownloadChoices& choices, Collision how, NameSpace& disk) {
  std::vector<const GetSource*> all;
  for (const auto& source : sources) all.push_back(&source);
  Check check(context, choices, how, disk);
  co_return co_await check.run(std::move(all));
}

net::Task<Result<CollisionPlan>> look_only(Context& context, const std::vector<GetSource>& sources,
                                           const DownloadChoices& choices, Collision how) {
  auto look = [&sources] { return folding_by_looking(sources); };
  const auto folding = co_await net::run_blocking(context.pool, look);
  if (folding == Folding::kUnknown) {
    context.output.note(
        "names are not tried out in a dry run: whether this disk can hold A and a apart, get will tell");
  }
  if (folding != Folding::kCase) co_return CollisionPlan();
  context.output.note(
      "names are not tried out in a dry run: of those that this disk takes for one, it finds those of "
      "letters A to Z");
  CaseFoldedNames names;
  co_return co_await run_check(context, sources, choices, how, names);
}

}  // namespace

net::Task<Result<CollisionPlan>> check_collisions(Context& context, const std::vector<GetSource>& sources,
                                                  const DownloadChoices& choices, Collision how) {
  if (!choices.recursive && sources.size() < 2) co_return CollisionPlan();
  if (choices.dry_run) co_return co_await look_only(context, sources, choices, how);
  std::unique_ptr<ProbeFolder> probe;
  auto ask_disk = [&]() -> Result<void> {
    const auto folding = folding_folder(sources);
    if (!folding) return {};
    auto made = ProbeFolder::make(*folding);
    if (!made) return std::unexpected(made.error());
    probe = std::move(*made);
    return {};
  };
  const auto asked = co_await net::run_blocking(context.pool, ask_disk);
  if (!asked) co_return std::unexpected(asked.error());
  if (!probe) co_return CollisionPlan();
  auto plan = co_await run_check(context, sources, choices, how, *probe);
  auto remove = [&probe] {
    probe.reset();
    return true;
  };
  co_await net::run_blocking(context.pool, remove);
  co_return plan;
}

}  // namespace ndisk::client
