// Names in DATA/tree that the catalog does not know.
#include <cerrno>

#include "storage/check_tree.hpp"

namespace ndisk::storage {
namespace {

constexpr std::size_t kNamesAtOnce = 256;
constexpr std::size_t kMostExtra = 1024;  // of one folder: findings take memory
constexpr char kMove[] = "move it to where it belongs; --repair moves it to quarantine/";

// Links of the drive are left out of the tree.
bool is_shown(Database& database, std::int64_t folder, const std::string& name) {
  const auto node = NodeTable(database).find(folder, name);
  return node && node->kind != Kind::kLink;
}

bool is_no_user(Database& database, const std::string& name) { return !UserTable(database).find_by_name(name); }

std::string join(const std::string& folder, const std::string& name) {
  return folder.empty() ? name : folder + '/' + name;
}

}  // namespace

// In batches, in one walk through the folder.
Result<void> TreeCheck::check_names(const Node& folder, CheckOutcome& outcome) {
  const auto open = view_.open_folder(folder.place.user, folder.place.path);
  if (!open && (open.error().number == EACCES || open.error().number == EPERM)) {
    note(outcome,
         {.user = folder.place.user,
          .path = folder.place.path,
          .cause = "the folder in tree/ is closed to the server",
          .advice = "give it back to the server's user, with mode 0755"},
         false);
    return {};
  }
  // It went meanwhile.
  if (!open && open.error().number == ENOTDIR) return {};
  if (!open) return fail_disk(open.error(), "open", "a folder of tree/" + folder.place.user);
  extra_ = 0;
  std::vector<std::string> names;
  Result<void> sifted;
  const auto visited = parts_.files.visit_names(open->get(), [&](const std::string& name) {
    ++looked_;
    names.push_back(name);
    if (names.size() < kNamesAtOnce) return !parts_.stop;
    sifted = sift(folder, names, outcome);
    names.clear();
    return sifted && extra_ < kMostExtra && !parts_.stop;
  });
  if (!visited) return fail_disk(visited.error(), "read", "a folder of tree/" + folder.place.user);
  if (sifted) sifted = sift(folder, names, outcome);
  if (!sifted || extra_ < kMostExtra) return sifted;
  note(outcome,
       {.user = folder.place.user,
        .path = folder.place.path,
        .cause = "the folder in tree/ has more names that the drive does not have",
        .advice = "check again when those are gone"},
       false);
  return {};
}

Result<void> TreeCheck::sift(const Node& folder, const std::vector<std::string>& names, CheckOutcome& outcome) {
  const auto extra = parts_.catalog.read([&](Database& database) -> Result<std::vector<std::string>> {
    std::vector<std::string> found;
    for (const auto& name : names) {
      if (!is_shown(database, folder.id, name)) found.push_back(name);
    }
    return found;
  });
  if (!extra) return std::unexpected(extra.error());
  for (const auto& name : *extra) {
    if (auto done = suspect_extra(folder, name, outcome); !done) return done;
  }
  return {};
}

Result<void> TreeCheck::suspect_extra(const Node& folder, const std::string& name, CheckOutcome& outcome) {
  NodePlace place;
  const std::function<Result<bool>()> is_wrong = [&]() -> Result<bool> {
    const auto known = parts_.catalog.read([&](Database& database) -> Result<std::optional<NodePlace>> {
      if (is_shown(database, folder.id, name)) return std::nullopt;
      return NodePlaces(database).find_folder(folder.id);
    });
    if (!known) return std::unexpected(known.error());
    if (!*known) return false;
    place = **known;
    view_.forget();
    const auto shown = view_.status(place.user, join(place.path, name));
    if (!shown && shown.error().number != ENOENT && shown.error().number != ENOTDIR) {
      return fail_disk(shown.error(), "look at", "tree/" + place.user);
    }
    return shown.has_value();
  };
  const auto remove = [&] {
    return parts_.queue.run<void>([&](WriteContext& context) -> Result<void> {
      const auto known = NodePlaces(context.database).find_folder(folder.id);
      if (!known || is_shown(context.database, folder.id, name)) return {};
      context.tell_tree({0, known->user_id, TreeOp::kRemove, join(known->path, name), 0, {}, {}});
      return {};
    });
  };
  const auto wrong = confirm(is_wrong);
  if (!wrong) return std::unexpected(wrong.error());
  if (!*wrong) return {};
  ++extra_;
  Finding finding{.user = place.user, .path = join(place.path, name), .cause = "tree/ has it, and the drive does not"};
  const auto put_aside = [&] { return strangers_.put_aside(place.user, join(place.path, name)); };
  const auto mended = mend(finding, put_aside, remove, is_wrong);
  if (!mended) return std::unexpected(mended.error());
  if (!repair_) finding.advice = kMove;
  note(outcome, std::move(finding), *mended);
  return {};
}

// In tree/ itself only what could be a user's folder is the mirror's.
Result<void> TreeCheck::check_users(CheckOutcome& outcome) {
  std::vector<std::string> strangers;
  const auto visited = parts_.catalog.read([&](Database& database) -> Result<DiskResult<>> {
    return parts_.files.visit_names(parts_.directory.tree.get(), [&](const std::string& name) {
      if (is_user_name(name) && is_no_user(database, name)) strangers.push_back(name);
      return strangers.size() < kNamesAtOnce;
    });
  });
  if (!visited) return std::unexpected(visited.error());
  if (!*visited) return fail_disk(visited->error(), "read", "tree/");
  for (const auto& name : strangers) {
    if (auto done = suspect_user(name, outcome); !done) return done;
  }
  return {};
}

Result<void> TreeCheck::suspect_user(const std::string& name, CheckOutcome& outcome) {
  const std::function<Result<bool>()> is_wrong = [&]() -> Result<bool> {
    const auto unknown =
        parts_.catalog.read([&](Database& database) -> Result<bool> { return is_no_user(database, name); });
    if (!unknown || !*unknown) return unknown;
    return parts_.files.status_at(parts_.directory.tree.get(), name).has_value();
  };
  const auto remove = [&] {
    return parts_.queue.run<void>([&](WriteContext& context) -> Result<void> {
      if (is_no_user(context.database, name)) context.tell_tree({0, 0, TreeOp::kRemoveUser, name, 0, {}, {}});
      return {};
    });
  };
  const auto wrong = confirm(is_wrong);
  if (!wrong) return std::unexpected(wrong.error());
  if (!*wrong) return {};
  Finding finding{.path = "tree/" + name, .cause = "no user has this name"};
  const auto put_aside = [&] { return strangers_.put_aside(name, ""); };
  const auto mended = mend(finding, put_aside, remove, is_wrong);
  if (!mended) return std::unexpected(mended.error());
  if (!repair_) finding.advice = kMove;
  note(outcome, std::move(finding), *mended);
  return {};
}

}  // namespace ndisk::storage
