#include "client/proof/proof.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "client/proof/source_digest.hpp"
#include "client/request.hpp"
#include "common/random.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

using protocol::FrameType;
using Nonce = std::array<std::uint8_t, protocol::kMaxVerifyNonceBytes>;

std::unexpected<Error> changed(const std::string& local) {
  return fail(ErrorCode::kConflict, shown_name(local) + ": changed since it was put, and is not removed; put it again");
}

struct LocalProof {
  std::optional<SourceFile> file;  // of a link nothing; open as long as its state is compared
  FileState state;
  Digest digest{};  // of the nonce and the content
};

Result<LocalProof> local_proof(const Link& link, const Removal& removal, const Nonce& nonce) {
  Sha256 begin;
  begin.add(nonce);
  if (removal.is_link) {
    const auto content = read_link(removal.local, removal.followed);
    if (!content) return std::unexpected(content.error());
    if ((*content)->stamp != removal.stamp) return changed(removal.local);
    begin.add((*content)->bytes);
    return LocalProof{.file = {}, .state = (*content)->state, .digest = begin.digest()};
  }
  auto read = digest_at_rest(link, removal.local, removal.followed, begin);
  if (!read) return std::unexpected(read.error());
  if (!*read || (*read)->file.stamp() != removal.stamp) return changed(removal.local);
  const auto state = (*read)->file.state();
  return LocalProof{.file = std::move((*read)->file), .state = state, .digest = (*read)->sha256};
}

Result<void> check(const wire::Verified& verified, const Removal& removal, const Digest& proof) {
  const auto name = shown_name(removal.remote.bytes());
  if (verified.version() != removal.version || !verified.current()) {
    return fail(ErrorCode::kConflict, name + ": was replaced on the drive; the local file is not removed");
  }
  if (verified.size() != removal.stamp.size || verified.proof() != as_text(proof)) {
    return fail(ErrorCode::kIntegrity,
                name + ": the server could not prove that it holds the local file's bytes; that is not removed");
  }
  return {};
}

// Read again when it was touched in between: links to one file that all go touch each other.
Result<void> compare_and_remove(const Link& link, const Removal& removal, const Nonce& nonce,
                                const wire::Verified& verified) {
  for (int reading = 0; reading < kMostReadings; ++reading) {
    const auto local = local_proof(link, removal, nonce);
    if (!local) return std::unexpected(local.error());
    auto checked = check(verified, removal, local->digest);
    if (!checked) return checked;
    const auto removed = remove_if_same(removal, local->state);
    if (!removed) return std::unexpected(removed.error());
    if (*removed) return {};
  }
  return changed(removal.local);
}

}  // namespace

Result<bool> remove_if_same(const Removal& removal, const FileState& proved) {
  const auto place = SourcePlace::find(removal.local, removal.followed, "removing");
  if (!place) return std::unexpected(place.error());
  struct stat status {};
  const bool was_followed = !removal.is_link && removal.followed >= removal.local.size();
  const int flags = was_followed ? 0 : AT_SYMLINK_NOFOLLOW;  // of a link that was followed, the link goes
  if (::fstatat(place->folder(), place->name(), &status, flags) != 0)
    return fail_errno(errno, "removing", shown_name(removal.local));
  auto stamp = stamp_of(status);
  if (removal.is_link) stamp.mode = removal.stamp.mode;
  const bool same_kind = removal.is_link ? S_ISLNK(status.st_mode) : S_ISREG(status.st_mode);
  if (!same_kind || stamp != removal.stamp) return changed(removal.local);
  const auto now = state_of(status);
  if (now.device != proved.device || now.inode != proved.inode) return changed(removal.local);
  if (now != proved) return false;
  if (::unlinkat(place->folder(), place->name(), 0) != 0)
    return fail_errno(errno, "removing", shown_name(removal.local));
  return true;
}

net::Task<Result<void>> prove_and_remove(Transfer& transfer, const Removal& removal) {
  const auto nonce = random_bytes<protocol::kMaxVerifyNonceBytes>();
  wire::Verify message;
  message.set_path(removal.remote.bytes());
  message.set_version(removal.version);
  message.set_nonce(std::string(as_text(nonce)));
  const auto verified =
      co_await request<wire::Verified>(transfer.link, FrameType::kVerify, message, FrameType::kVerified);
  if (!verified) co_return std::unexpected(verified.error());
  auto remove = [&] { return compare_and_remove(transfer.link, removal, nonce, *verified); };
  co_return co_await net::run_blocking(transfer.pool, remove);
}

}  // namespace ndisk::client
