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

// The digest of the nonce and the content.
Result<Digest> local_proof(const Link& link, const Removal& removal, const Nonce& nonce) {
  Sha256 begin;
  begin.add(nonce);
  if (removal.is_link) {
    const auto content = read_link(removal.local, removal.followed);
    if (!content) return std::unexpected(content.error());
    if ((*content)->stamp != removal.stamp) return changed(removal.local);
    begin.add((*content)->bytes);
    return begin.digest();
  }
  const auto read = digest_at_rest(link, removal.local, removal.followed, begin);
  if (!read) return std::unexpected(read.error());
  if (!*read || (*read)->stamp != removal.stamp) return changed(removal.local);
  return (*read)->sha256;
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

}  // namespace

Result<void> remove_if_same(const Removal& removal) {
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
  if (::unlinkat(place->folder(), place->name(), 0) != 0)
    return fail_errno(errno, "removing", shown_name(removal.local));
  return {};
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
  auto read = [&] { return local_proof(transfer.link, removal, nonce); };
  const auto proof = co_await net::run_blocking(transfer.pool, read);
  if (!proof) co_return std::unexpected(proof.error());
  auto checked = check(*verified, removal, *proof);
  if (!checked) co_return checked;
  auto remove = [&removal] { return remove_if_same(removal); };
  co_return co_await net::run_blocking(transfer.pool, remove);
}

}  // namespace ndisk::client
