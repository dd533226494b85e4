// --then-remove: a local file goes only after the server has proved that it holds it.
//
// The I/O thread only; reading runs on the pool.
#pragma once

#include "client/upload/upload.hpp"

namespace ndisk::client {

// What was put, or was found in the drive, and is to be gone here.
struct Removal {
  std::string local;
  std::size_t followed = kFollowAll;  // of `local`, as SourceFile opens it
  RemotePath remote;
  bool is_link = false;
  Stamp stamp;  // of the local file when it was put
  std::uint64_t version = 0;
};

// The server reads the version's bytes again, behind a number that it could not know before; the local file gives the
// same digest; then it is removed. kIntegrity if the two differ, kConflict if the local file changed meanwhile or the
// version is not the current one any more: then nothing is removed.
net::Task<Result<void>> prove_and_remove(Transfer& transfer, const Removal& removal);

// The last step of it: what has the name now may be another file than the one that was read in the state `proved`.
// kConflict if it is, or if it is behind a link beyond the first `followed` bytes of its path. False if it is that
// file, and was touched since: its bytes are to be read again. Blocks: on the pool.
[[nodiscard]] Result<bool> remove_if_same(const Removal& removal, const FileState& proved);

}  // namespace ndisk::client
