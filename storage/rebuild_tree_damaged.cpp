// RebuildTree, of files whose objects have rotted: the same content, whole, takes their place, as in a repair.
#include "common/shown_name.hpp"
#include "storage/rebuild_tree.hpp"

namespace ndisk::storage {
namespace {

constexpr char kElsewhere[] = "; the drive has it as unreadable, as the same content elsewhere is";
constexpr char kAdvice[] = "make that readable, or put the same content again; then let fsck look at it";

}  // namespace

void RebuildTree::note_damaged(const RemotePath& path, TimeNs mtime, const RebuildObjects::Content& content) {
  note_damaged(path, mtime, {ObjectStore::name(content.id, content.sha256).substr(3), content.sha256});
}

// Whether the same content is whole elsewhere is known once everything was read.
void RebuildTree::note_damaged(const RemotePath& path, TimeNs mtime, const RebuildObjects::PutAside& aside) {
  Noted one{source_.is_tree, user_, path, mtime};
  one.cause = "its content is not what was stored; it is kept in quarantine/ as " + shown_name(aside.name);
  one.sha256 = aside.sha256;
  note(Note::kDamaged, one);
}

// By the user's own object, else by one that is nobody's, else by a copy of anybody's.
Result<void> RebuildTree::take_damaged(const Noted& one) {
  if (auto begun = begin_user(one.user); !begun) return begun;
  const auto* user = context_.user(actor_.user);
  if (user == nullptr) return fail(ErrorCode::kInternal, "the user " + user_ + " is gone");
  const auto place = context_.locate(*user, one.path);
  // What was kept unread of an earlier tree has taken its place.
  if (place.node || place.parent_is_file) {
    note_left(shown(one.path), one.cause);
    return {};
  }
  if (const auto held = context_.objects.find_content(actor_.user, one.sha256, kMaxRefs)) {
    if (objects_.is_unreadable(held->id)) note_left(shown(one.path), one.cause + kElsewhere, kAdvice);
    return commit(one.path, one.mtime, {held->id, held->sha256, held->size, held->disk_mtime, held->user}, false);
  }
  auto whole = objects_.find_same(one.sha256);
  if (whole && !*whole) whole = copy_from_anyone(one);
  if (!whole) return std::unexpected(std::move(whole.error()));
  if (*whole) return commit(one.path, one.mtime, **whole, true);
  note_left(shown(one.path), one.cause);
  return {};
}

Result<std::optional<RebuildObjects::Content>> RebuildTree::copy_from_anyone(const Noted& one) {
  std::vector<std::int64_t> users;
  auto query = context_.database.query("SELECT id FROM users ORDER BY id");
  while (query.step()) users.push_back(query.integer(0));
  for (const auto user : users) {
    const auto source = context_.objects.find_content(user, one.sha256, kAnyRefs);
    if (!source || objects_.is_unreadable(source->id)) continue;
    const auto name = ObjectStore::name(source->id, source->sha256);
    const auto copied = objects_.copy_aside(directory_.objects.get(), name, one.mtime);
    if (!copied && copied.error().code == ErrorCode::kIntegrity) continue;
    if (!copied) return fail_with_context(shown_name(shown(one.path)), copied.error());
    if (copied->sha256 != one.sha256) continue;
    if (auto kept = objects_.keep(*copied); !kept) return std::unexpected(std::move(kept.error()));
    ++report_.copied;
    return *copied;
  }
  return std::nullopt;
}

}  // namespace ndisk::storage
