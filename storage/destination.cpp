#include "storage/destination.hpp"

#include "common/path_parts.hpp"
#include "common/shown_name.hpp"

namespace ndisk::storage {
namespace {

const char* done_word(Transfer transfer) { return transfer == Transfer::kMove ? "moved" : "copied"; }

}  // namespace

Result<Place> find_source(WriteContext& context, const UserRow& user, const MoveRequest& request, Transfer transfer) {
  if (request.from.is_root()) {
    return fail(ErrorCode::kInvalid,
                std::string("the drive itself can't be ") + done_word(transfer) + "; name what is in it");
  }
  auto place = context.locate(user, request.from);
  if (!place.node) return fail(ErrorCode::kNotFound, shown_name(request.from.bytes()) + ": no such file or folder");
  return place;
}

Result<RemotePath> choose_destination(WriteContext& context, const UserRow& user, const MoveRequest& request) {
  if (request.exact) return request.to;
  if (!request.to.is_root()) {
    const auto there = context.locate(user, request.to).node;
    if (!there || there->kind != Kind::kFolder) return request.to;
  }
  return request.to.child(request.from.name());
}

Result<void> check_destination(const MoveRequest& request, const NodeRow& source, const RemotePath& path,
                               const Place& place, Transfer transfer) {
  const auto from = shown_name(request.from.bytes());
  const auto to = shown_name(path.bytes());
  if (path.is_root()) return fail(ErrorCode::kInvalid, "the drive itself can't be replaced; name a place in it");
  if (path == request.from) return fail(ErrorCode::kInvalid, "'" + from + "' and '" + to + "' are the same");
  if (source.kind == Kind::kFolder && is_below(path.bytes(), request.from.bytes())) {
    return fail(ErrorCode::kInvalid,
                "'" + from + "' can't be " + done_word(transfer) + " into itself, to '" + to + "'");
  }
  if (place.parent_is_file) {
    return fail(ErrorCode::kNotFolder,
                to + " can't be: '" + shown_name(place.parts[place.existing]) + "' on the way is a file");
  }
  if (!place.has_all_parents()) {
    return fail(ErrorCode::kNotFound, shown_name(path.parent().bytes()) + ": no such folder; make it first");
  }
  const bool merges = transfer == Transfer::kCopy && source.kind == Kind::kFolder;
  return place.node ? check_replace(source, path.bytes(), *place.node, request.no_clobber && !merges) : Result<void>();
}

Result<void> check_replace(const NodeRow& source, std::string_view path, const NodeRow& there, bool no_clobber) {
  const auto shown = shown_name(path);
  if (source.kind == Kind::kFolder && there.kind != Kind::kFolder) {
    return fail(ErrorCode::kNotFolder, shown + " is a file, which a folder can't replace; remove it first");
  }
  if (source.kind != Kind::kFolder && there.kind == Kind::kFolder) {
    return fail(ErrorCode::kIsFolder, shown + " is a folder, which a file can't replace; remove it first");
  }
  if (!no_clobber) return {};
  const auto version = there.kind == Kind::kFolder ? std::string() : " as version " + std::to_string(there.version);
  return fail(ErrorCode::kConflict, shown + " exists already" + version + ", and nothing was to be replaced");
}

}  // namespace ndisk::storage
