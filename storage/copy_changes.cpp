#include "storage/copy_changes.hpp"

#include "common/copy_limit.hpp"
#include "common/shown_name.hpp"
#include "storage/answers.hpp"
#include "storage/change_weight.hpp"
#include "storage/destination.hpp"
#include "storage/history_changes.hpp"
#include "storage/node_moves.hpp"
#include "storage/version_reuse.hpp"

namespace ndisk::storage {
namespace {

// One copy, with all that is below. It writes as it goes: after a failure what it wrote is to be undone.
class Copying {
 public:
  Copying(WriteContext& context, UserRow& user, const Actor& actor, const CopyRequest& request)
      : context_(context), user_(user), actor_(actor), request_(request), change_(++user.change) {}

  Result<void> copy_file(const NodeRow& source, const RemotePath& path, const Place& place) {
    const auto number = request_.version.value_or(source.version);
    const auto version = choose_version(context_.database, request_.from, source, number);
    if (!version) return std::unexpected(version.error());
    return place_copy(*version, {place.folder, path.bytes(), place.node});
  }

  Result<void> copy_folder(const NodeRow& source, const RemotePath& path, const Place& place) {
    root_ = source.id;
    path_ = path.bytes();
    if (place.node) {
      levels_.push_back({source.id, place.node->id, false, "", path_.size()});
    } else {
      go_into_fresh(source, place.folder, path.name());
    }
    while (!levels_.empty()) {
      if (auto done = copy_next(); !done) return done;
    }
    return {};
  }

 private:
  struct Level {
    std::int64_t source = 0;
    std::int64_t target = 0;
    bool is_fresh = false;       // nothing stood in the target before
    std::string after;           // the last name that is done
    std::size_t path_bytes = 0;  // of the target's path in path_
  };

  // The next entry of the deepest level. What is written in between can't disturb the reading: each entry is looked
  // for anew.
  Result<void> copy_next() {
    auto& level = levels_.back();
    path_.resize(level.path_bytes);
    std::optional<NamedNode> entry;
    if (auto query = context_.nodes.entries_after(level.source, level.after); query.step()) {
      entry = NodeTable::to_entry(query);
    }
    if (!entry) {
      levels_.pop_back();
      return {};
    }
    level.after = entry->name;
    path_.append("/").append(entry->name);
    if (path_.size() > kMaxPathBytes) {
      return fail(ErrorCode::kInvalid, shown_name(path_) + " would be too long a path: 4096 bytes is the most");
    }
    const auto there = level.is_fresh ? std::nullopt : context_.nodes.find(level.target, entry->name);
    return copy_entry(*entry, level.target, there);
  }

  Result<void> copy_entry(const NamedNode& entry, std::int64_t target, const std::optional<NodeRow>& there) {
    const auto& source = entry.node;
    const bool is_folder = source.kind == Kind::kFolder;
    if (there) {
      auto checked = check_replace(source, path_, *there, request_.no_clobber && !is_folder);
      if (!checked) return checked;
      if (there->id == root_) {
        return fail(ErrorCode::kInvalid, "'" + shown_name(request_.from.bytes()) + "' can't be copied into itself");
      }
    }
    if (!is_folder) {
      const auto version = context_.objects.find_version(source.version);
      if (!version) return fail(ErrorCode::kIntegrity, shown_name(path_) + ": its version is not in the catalog");
      return place_copy(*version, {target, path_, there});
    }
    if (there) {
      levels_.push_back({source.id, there->id, false, "", path_.size()});
    } else {
      go_into_fresh(source, target, entry.name);
    }
    return {};
  }

  void go_into_fresh(const NodeRow& source, std::int64_t parent, std::string_view name) {
    NodeRow folder;
    folder.id = context_.next_node_id();
    folder.kind = Kind::kFolder;
    folder.attributes = source.attributes;
    insert_node(context_, user_, {parent, name}, folder);
    context_.tell_tree({0, user_.id, TreeOp::kMakeFolder, path_, 0, {}, {}});
    levels_.push_back({source.id, folder.id, true, "", path_.size()});
  }

  Result<void> place_copy(VersionRow version, const VersionTarget& target) {
    const auto object = find_reusable(context_, target.path, version);
    if (!object) return std::unexpected(object.error());
    version.device = actor_.device;
    version.change = change_;
    place_version(context_, user_, target, version, *object);
    return {};
  }

  WriteContext& context_;
  UserRow& user_;
  const Actor& actor_;
  const CopyRequest& request_;
  const std::uint64_t change_;
  std::int64_t root_ = 0;  // the folder that is copied
  std::vector<Level> levels_;
  std::string path_;  // of the target of the entry at hand
};

// Before anything is written: everybody's changes wait for a copy.
Result<void> check_size(WriteContext& context, const NodeRow& folder, const CopyRequest& request, bool is_light) {
  const auto below = context.totals.of(folder.id);
  const auto entries = below.files + below.folders;
  const auto shown = shown_name(request.from.bytes());
  if (entries > kMaxCopiedEntries) {
    return fail(ErrorCode::kInvalid, shown + " holds " + std::to_string(entries) + " files and folders, and " +
                                         std::to_string(kMaxCopiedEntries) +
                                         " is the most for one copy; make the folder, and copy what is in it");
  }
  if (is_light && entries > kMaxLightEntries) {
    return fail(ErrorCode::kBusy, shown + " has grown while its copy waited; try again", true);
  }
  return {};
}

Result<Placed> copy_now(WriteContext& context, UserRow& user, const Actor& actor, const CopyRequest& request,
                        bool is_light) {
  const auto source = find_source(context, user, request, Transfer::kCopy);
  if (!source) return std::unexpected(source.error());
  const auto& node = *source->node;
  const bool is_folder = node.kind == Kind::kFolder;
  if (is_folder && (!request.recursive || request.version)) {
    return fail(ErrorCode::kIsFolder, shown_name(request.from.bytes()) +
                                          (request.version ? " is a folder, which has no versions; name a file in it"
                                                           : " is a folder; copy it with all in it by -r"));
  }
  const auto path = choose_destination(context, user, request);
  if (!path) return std::unexpected(path.error());
  const auto place = context.locate(user, *path);
  if (auto checked = check_destination(request, node, *path, place, Transfer::kCopy); !checked) {
    return std::unexpected(std::move(checked.error()));
  }
  if (is_folder) {
    if (auto fits = check_size(context, node, request, is_light); !fits) return std::unexpected(fits.error());
  }
  Copying copying(context, user, actor, request);
  const auto done = is_folder ? copying.copy_folder(node, *path, place) : copying.copy_file(node, *path, place);
  if (!done) return std::unexpected(done.error());
  context.touch(user);
  return Placed{user.change, path->bytes()};
}

}  // namespace

Result<Placed> copy_path(WriteContext& context, const Actor& actor, const CopyRequest& request, bool is_light) {
  const Asked asked{actor, request.request_id, RequestKind::kCopy};
  auto answered = find_placed(context, asked);
  if (!answered) return std::unexpected(std::move(answered.error()));
  if (*answered) return std::move(**answered);
  auto* user = context.user(actor.user);
  if (user == nullptr) return fail(ErrorCode::kNotAllowed, kNoSuchUser);
  auto placed = context.all_or_nothing([&] { return copy_now(context, *user, actor, request, is_light); });
  if (placed) remember_placed(context, asked, *placed);
  return placed;
}

}  // namespace ndisk::storage
