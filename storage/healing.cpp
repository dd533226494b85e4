#include "storage/healing.hpp"

#include <cerrno>

#include "common/random.hpp"
#include "storage/large_buffer.hpp"
#include "storage/log.hpp"
#include "storage/node_moves.hpp"
#include "storage/object_versions.hpp"
#include "storage/quarantine.hpp"
#include "storage/version_reuse.hpp"

namespace ndisk::storage {
namespace {

constexpr std::int64_t kBatch = 256;
constexpr std::size_t kCopyBytes = 256 * 1024;

// Where the file whose current version this is stands in the tree; nothing if it does not stand there.
std::optional<std::string> path_in_tree(WriteContext& context, const UserRow& user, const VersionRow& version) {
  const auto node = context.nodes.find_by_id(version.node);
  if (!node || node->node.version != version.id || node->node.kind != Kind::kFile) return std::nullopt;
  return context.nodes.path_of(user.root, version.node);
}

// Of the file whose current version this is: what could not be read when it was recorded may have been cut.
void correct_size(WriteContext& context, std::int64_t user_id, const VersionRow& version, std::uint64_t size) {
  const auto found = context.nodes.find_by_id(version.node);
  auto* user = context.user(user_id);
  if (user == nullptr || !found || found->node.version != version.id || found->node.size == size) return;
  auto node = found->node;
  node.size = size;
  context.nodes.update(found->parent, found->name, node);
  if (context.nodes.path_of(user->root, version.node)) {
    grow_file(context, *user, found->parent, found->node.size, size);
    context.touch(*user);
  } else {
    context.totals.add(found->parent, {0, 0, static_cast<std::int64_t>(size - found->node.size), 0});
  }
}

// The twin as it is by now: it was healthy when it was read.
std::uint64_t move_some(WriteContext& context, const ObjectRow& damaged, std::int64_t twin_id,
                        const std::vector<std::uint64_t>& ids) {
  const auto twin = context.objects.find(twin_id);
  const auto own = context.objects.find(damaged.id);
  if (!twin || twin->state != ObjectState::kHealthy || !own || !is_damaged(own->state)) return 0;
  const auto* user = context.user(damaged.user);
  auto room = std::max<std::int64_t>(kMaxRefs - twin->refs, 0);
  std::uint64_t moved = 0;
  for (const auto id : ids) {
    const auto version = context.objects.find_version(id);
    if (!version || version->object != damaged.id) continue;
    if (room-- == 0) break;
    context.objects.move_reference(id, damaged.id, twin->id);
    correct_size(context, damaged.user, *version, twin->size);
    ++moved;
    const auto path = user == nullptr ? std::nullopt : path_in_tree(context, *user, *version);
    if (path) context.tell_tree(shown_in_tree(*user, *path, Kind::kFile, twin->id, twin->sha256));
  }
  return moved;
}

// A healthy object with the content of the damaged one and with room, all of which was just read.
Result<std::optional<ObjectRow>> find_whole_twin(const HealingParts& parts, const ObjectRow& damaged) {
  for (;;) {
    auto twin = parts.catalog.read([&](Database& database) -> Result<std::optional<ObjectRow>> {
      return ObjectTable(database).find_content(damaged.user, damaged.sha256, kMaxRefs);
    });
    if (!twin || !*twin) return twin;
    const auto whole = parts.objects.is_whole(**twin, parts.stop);
    if (whole && *whole) return twin;
    if (!whole && whole.error().code != ErrorCode::kIo) return std::unexpected(whole.error());
    // Marked, it is not found again.
    auto marked = whole ? put_in_quarantine(parts.queue, **twin) : note_unreadable(parts.queue, **twin);
    if (!marked) return std::unexpected(std::move(marked.error()));
    if (parts.found != nullptr) ++*parts.found;
  }
}

// All versions that the twin has room for.
Result<std::uint64_t> move_to(const HealingParts& parts, const ObjectRow& damaged,
                              const std::vector<std::uint64_t>& known, std::int64_t twin) {
  std::uint64_t moved = 0;
  for (std::uint64_t after = 0; !parts.stop;) {
    // Looked for here, so that the writer has not to go through all versions.
    const auto ids = parts.catalog.read([&](Database& database) -> Result<std::vector<std::uint64_t>> {
      const auto own = ObjectTable(database).find(damaged.id);
      if (!own || own->refs <= 0) return {};
      return versions_of(database, damaged.id, known, after, std::min(own->refs, kBatch));
    });
    if (!ids) return std::unexpected(ids.error());
    if (ids->empty()) return moved;
    const auto some = parts.queue.run_upkeep<std::uint64_t>(
        [&](WriteContext& context) -> Result<std::uint64_t> { return move_some(context, damaged, twin, *ids); });
    if (!some) return some;
    moved += *some;
    if (*some < ids->size()) return moved;
    after = ids->back();
  }
  return moved;
}

struct Copied {
  Digest digest{};
  std::uint64_t size = 0;
};

Result<Copied> copy_content(FileLayer& files, int from, int to, const std::atomic<bool>& stop) {
  Sha256 digest;
  auto buffer = make_buffer(kCopyBytes);
  if (!buffer) return fail_disk(buffer.error(), "read", "an object");
  for (std::uint64_t offset = 0;;) {
    if (stop) return fail(ErrorCode::kShuttingDown, "the server is stopping; try again later", true);
    const auto count = files.read_at(from, *buffer, offset);
    if (!count) return fail_disk(count.error(), "read", "an object");
    if (*count == 0) return Copied{digest.digest(), offset};
    const auto bytes = ByteView(*buffer).first(*count);
    digest.add(bytes);
    if (auto done = files.write_at(to, bytes, offset); !done) return fail_disk(done.error(), "write", "an object");
    offset += *count;
  }
}

Result<bool> take_up(const CheckedParts& parts, const ObjectRow& damaged, const StagedContent& staged) {
  const auto id = parts.ids.next();
  if (!id) return std::unexpected(id.error());
  const auto object = parts.objects.adopt(*id, damaged.sha256, staged, damaged.disk_mtime);
  if (!object) return std::unexpected(object.error());
  // If this fails, the file is litter for the collector.
  auto recorded = parts.queue.run<void>([&](WriteContext& context) -> Result<void> {
    auto* user = context.user(damaged.user);
    if (user == nullptr) return fail(ErrorCode::kNotFound, kNoSuchUser);
    ObjectRow row = damaged;
    row.id = object->id;
    row.size = staged.size;
    row.disk_mtime = object->disk_mtime;
    row.refs = 0;
    row.state = ObjectState::kHealthy;
    context.objects.insert(row);
    user->stored += row.size;
    context.touch(*user);
    return {};
  });
  if (!recorded) return std::unexpected(recorded.error());
  return true;
}

Result<bool> copy_from(const CheckedParts& parts, const ObjectRow& damaged, const ObjectRow& source) {
  const auto from = parts.objects.open_raw(source);
  if (!from) return from.error().code == ErrorCode::kIntegrity ? Result<bool>(false) : std::unexpected(from.error());
  const auto id = random_bytes<16>();
  const auto to = parts.staging.create(id);
  if (!to) return std::unexpected(to.error());
  const auto copied = copy_content(parts.files, from->get(), to->get(), parts.stop);
  Result<bool> taken = false;
  if (!copied) {
    taken = std::unexpected(copied.error());
  } else if (copied->digest == damaged.sha256) {
    taken = take_up(parts, damaged, {to->get(), parts.staging.folder(), Staging::name(id), copied->size});
  }
  if (auto removed = parts.staging.remove(id); !removed) log_warning(removed.error().message);
  return taken;
}

// One of each user's.
Result<std::vector<ObjectRow>> same_content(Catalog& catalog, const Digest& sha256) {
  return catalog.read([&](Database& database) -> Result<std::vector<ObjectRow>> {
    std::vector<ObjectRow> rows;
    auto users = database.query("SELECT id FROM users");
    while (users.step()) {
      if (auto row = ObjectTable(database).find_content(users.integer(0), sha256, kAnyRefs)) rows.push_back(*row);
    }
    return rows;
  });
}

}  // namespace

Result<std::uint64_t> move_to_twin(const HealingParts& parts, const ObjectRow& damaged,
                                   const std::vector<std::uint64_t>& known) {
  std::uint64_t moved = 0;
  while (!parts.stop) {
    const auto twin = find_whole_twin(parts, damaged);
    if (!twin) return std::unexpected(twin.error());
    if (!*twin) return moved;
    const auto some = move_to(parts, damaged, known, (*twin)->id);
    if (!some) return some;
    moved += *some;
    const auto left = is_needed(parts.catalog, damaged);
    if (!left) return std::unexpected(left.error());
    // What has no more room is not found again.
    if (!*left || *some == 0) return moved;
  }
  return moved;
}

Result<bool> correct_sizes(const CheckedParts& parts, const ObjectRow& object,
                           std::span<const std::uint64_t> versions) {
  const auto look = parts.objects.look(object);
  if (!look) return std::unexpected(look.error());
  // Whoever checks the objects says what is wrong with it.
  if (look->seen == ObjectStore::Seen::kMissing || look->seen == ObjectStore::Seen::kChanged) return false;
  const auto whole = parts.objects.is_whole(object, parts.stop);
  if (!whole && whole.error().code != ErrorCode::kIo) return whole;
  if (!whole || !*whole) {
    auto marked = whole ? put_in_quarantine(parts.queue, object) : note_unreadable(parts.queue, object);
    return marked ? Result<bool>(false) : std::unexpected(std::move(marked.error()));
  }
  while (!versions.empty()) {
    const auto some = versions.first(std::min<std::size_t>(versions.size(), kBatch));
    versions = versions.subspan(some.size());
    auto corrected = parts.queue.run<void>([&](WriteContext& context) -> Result<void> {
      for (const auto id : some) {
        const auto version = context.objects.find_version(id);
        if (!version || version->object != object.id) continue;
        context.database.run("UPDATE versions SET size = ? WHERE id = ?", object.size, id);
        correct_size(context, object.user, *version, object.size);
      }
      return {};
    });
    if (!corrected) return std::unexpected(std::move(corrected.error()));
  }
  return true;
}

Result<bool> is_needed(Catalog& catalog, const ObjectRow& object) {
  return catalog.read([&](Database& database) -> Result<bool> {
    const auto again = ObjectTable(database).find(object.id);
    return again && again->refs > 0;
  });
}

Result<bool> copy_from_anyone(const CheckedParts& parts, const ObjectRow& damaged) {
  const auto sources = same_content(parts.catalog, damaged.sha256);
  if (!sources) return std::unexpected(sources.error());
  Result<bool> result = false;
  for (const auto& source : *sources) {
    auto copied = copy_from(parts, damaged, source);
    if (copied && *copied) return true;
    if (copied) continue;
    // Another one may be readable.
    result = std::move(copied);
    if (result.error().code == ErrorCode::kShuttingDown) return result;
  }
  return result;
}

std::vector<ObjectRow> damaged_objects(Database& database, std::int64_t after, int limit) {
  std::vector<ObjectRow> rows;
  auto query = database.query(
      "SELECT id FROM objects INDEXED BY objects_damaged WHERE state > 1 AND refs > 0 AND id > ? ORDER BY id LIMIT ?",
      after, limit);
  while (query.step()) {
    if (auto row = ObjectTable(database).find(query.integer(0))) rows.push_back(*row);
  }
  return rows;
}

Result<void> put_aside(const CheckedParts& parts, const ObjectRow& damaged) {
  const auto moved = parts.quarantine.move(parts.objects.folder(), ObjectStore::name(damaged.id, damaged.sha256));
  if (!moved && moved.error().code != ErrorCode::kNotFound) return std::unexpected(moved.error());
  // Also of what is not there: an earlier repair may have failed between the two.
  if (auto synced = parts.quarantine.sync(); !synced) return synced;
  return parts.objects.sync_folder_of(damaged.sha256);
}

Result<void> take_out_of_tree(const CheckedParts& parts, const ObjectRow& damaged,
                              const std::vector<std::uint64_t>& known) {
  for (std::uint64_t after = 0;;) {
    const auto ids = parts.catalog.read([&](Database& database) -> Result<std::vector<std::uint64_t>> {
      return versions_of(database, damaged.id, known, after, kBatch);
    });
    if (!ids) return std::unexpected(ids.error());
    if (ids->empty()) return {};
    after = ids->back();
    auto told = parts.queue.run<void>([&](WriteContext& context) -> Result<void> {
      const auto* user = context.user(damaged.user);
      for (const auto id : *ids) {
        const auto version = context.objects.find_version(id);
        if (user == nullptr || !version || version->object != damaged.id) continue;
        const auto path = path_in_tree(context, *user, *version);
        if (path) context.tell_tree({0, user->id, TreeOp::kRemove, *path, 0, {}, {}});
      }
      return {};
    });
    if (!told) return told;
  }
}

}  // namespace ndisk::storage
