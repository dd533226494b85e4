#include "storage/history_changes.hpp"

#include "common/shown_name.hpp"
#include "storage/answers.hpp"
#include "storage/table_versions.hpp"
#include "storage/trash_changes.hpp"
#include "storage/version_reuse.hpp"

namespace ndisk::storage {
namespace {

std::unexpected<Error> fail_folder(const RemotePath& path) {
  return fail(ErrorCode::kIsFolder,
              '/' + shown_name(path.bytes()) + " is a folder, which has no versions; name a file in it");
}

Result<Placed> restore_version(WriteContext& context, UserRow& user, const Actor& actor, const RemotePath& path,
                               const Place& place, std::optional<std::uint64_t> number) {
  auto version = choose_version(context.database, path, *place.node, number);
  if (!version) return std::unexpected(std::move(version.error()));
  const auto object = find_reusable(context, path.bytes(), *version);
  if (!object) return std::unexpected(object.error());
  version->device = actor.device;
  version->change = ++user.change;
  place_version(context, user, {place.folder, path.bytes(), place.node}, *version, *object);
  return Placed{user.change, path.bytes()};
}

Result<Placed> restore_removed(WriteContext& context, UserRow& user, const RemotePath& path,
                               std::optional<std::uint64_t> number) {
  const auto item = TrashTable(context.database).newest_of(user.id, path.bytes());
  if (item && !number) return put_back(context, user, *item, path);
  const auto shown = shown_name(path.bytes());
  if (item) {
    return fail(ErrorCode::kNotFound, shown + " is in the trash; restore it without a version first");
  }
  return fail(ErrorCode::kNotFound, shown + ": no such file, and none in the trash; ndisk trash list shows what is");
}

}  // namespace

std::unexpected<Error> fail_not_its_version(const RemotePath& path, std::uint64_t version) {
  const auto shown = shown_name(path.bytes());
  return fail(ErrorCode::kNotFound, "version " + std::to_string(version) + " is not one of " + shown +
                                        "'s; ndisk versions " + shown + " lists them");
}

Result<VersionRow> choose_version(Database& database, const RemotePath& path, const NodeRow& node,
                                  std::optional<std::uint64_t> version) {
  if (node.kind == Kind::kFolder) return fail_folder(path);
  const auto number = version ? version : VersionTable(database).newest_before(node.id, node.version);
  if (!number) return fail(ErrorCode::kNotFound, shown_name(path.bytes()) + " has no earlier version");
  const auto row = ObjectTable(database).find_version(*number);
  if (!row || row->node != node.id) return fail_not_its_version(path, *number);
  return *row;
}

Result<Placed> restore_path(WriteContext& context, const Actor& actor, const RequestId& request_id,
                            const RemotePath& path, std::optional<std::uint64_t> version) {
  const Asked asked{actor, request_id, RequestKind::kRestore};
  auto answered = find_placed(context, asked);
  if (!answered) return std::unexpected(std::move(answered.error()));
  if (*answered) return std::move(**answered);
  auto* user = context.user(actor.user);
  if (user == nullptr) return fail(ErrorCode::kNotAllowed, kNoSuchUser);
  const auto place = context.locate(*user, path);
  if (path.is_root()) return fail_folder(path);
  auto placed = place.node ? restore_version(context, *user, actor, path, place, version)
                           : restore_removed(context, *user, path, version);
  if (placed) remember_placed(context, asked, *placed);
  return placed;
}

}  // namespace ndisk::storage
