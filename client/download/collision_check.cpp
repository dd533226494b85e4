#include "client/download/collision_check.hpp"

#include <algorithm>

#include "client/download/local_names.hpp"
#include "client/download/local_target.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

constexpr std::size_t kMostNamed = 10;

LocalNames names_of(const std::vector<GetSource>& sources, const DownloadChoices& choices) {
  const auto& first = sources.front();  // all go into one folder
  const auto outermost = first.below_target.empty() ? first.local : folder_of(first.local);
  const auto how = choices.dry_run ? LocalNames::Asking::kByLooking : LocalNames::Asking::kByTrying;
  return {outermost, choices.follow && !first.below_target.empty() ? first.local : "", how};
}

// Whether there can be names that are one: if not, none are listed.
Result<bool> ask_disk(const Context& context, const std::vector<GetSource>& sources, bool recursive,
                      LocalNames& names) {
  if (auto begun = names.begin(); !begun) return std::unexpected(begun.error());
  std::vector<std::string> folders;
  for (const auto& source : sources) {
    if (recursive) folders.push_back(source.local);
  }
  return names.may_fold(folders, [&context] { return context.link.stopping(); });
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

void tell_what_looking_misses(Output& output, const LocalNames& names) {
  if (names.has_unknown()) {
    output.note("names are not tried out in a dry run: whether this disk can hold A and a apart, get will tell");
  }
  if (!names.has_folding()) return;
  output.note(
      "names are not tried out in a dry run: of those that this disk takes for one, it finds those of "
      "letters A to Z");
}

}  // namespace

net::Task<Result<CollisionPlan>> check_collisions(Context& context, const std::vector<GetSource>& sources,
                                                  const DownloadChoices& choices, Collision how) {
  if (!choices.recursive && sources.size() < 2) co_return CollisionPlan();
  if (sources.front().descriptor) co_return CollisionPlan();
  auto names = names_of(sources, choices);
  auto ask = [&] { return ask_disk(context, sources, choices.recursive, names); };
  const auto asked = co_await net::run_blocking(context.pool, ask);
  Result<CollisionPlan> plan;
  if (!asked) plan = std::unexpected(asked.error());
  if (asked && *asked) {
    std::vector<const GetSource*> all;
    for (const auto& source : sources) all.push_back(&source);
    Check check(context, choices, how, names);
    plan = co_await check.run(std::move(all));
  }
  if (choices.dry_run) tell_what_looking_misses(context.output, names);
  auto end = [&names] {
    names.end();
    return true;
  };
  co_await net::run_blocking(context.pool, end);
  co_return plan;
}

}  // namespace ndisk::client
