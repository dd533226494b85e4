// One file from the server: to a local path, or to standard output.
//
// The I/O thread only; writing and digests run on the pool. Errors that another try may mend are retried over the link,
// each time from where the content ended.
#pragma once

#include <functional>
#include <optional>

#include "client/transfer/local_target.hpp"
#include "client/transfer/transfer.hpp"
#include "common/remote_path.hpp"

namespace ndisk::client {

// One version, whose content can't change.
struct RemoteFile {
  RemotePath path;
  std::uint64_t version = 0;
  Digest sha256{};
  Stamp stamp;  // size, mtime and mode
};

// kProtocol if the server's entry lacks what a file has.
[[nodiscard]] Result<RemoteFile> remote_file(RemotePath path, const wire::Entry& entry);

// Replaces what is there atomically; a file with the same content is left alone but for mode and mtime. kIntegrity if
// the server's bytes do not have their digest. `known` is what examine_target said, if it was asked already.
net::Task<Result<void>> download_file(Transfer& transfer, const RemoteFile& file, const std::string& local,
                                      std::optional<Existing> known = std::nullopt);

// No byte is written twice. kIntegrity, after all of it was written, if the bytes do not have their digest.
net::Task<Result<void>> download_to_standard_output(Transfer& transfer, const RemoteFile& file);

// Takes content in order, on the pool.
using Append = std::move_only_function<Result<void>(ByteView)>;

// One try to get the content from `offset` to the end.
net::Task<Result<void>> receive_content(Transfer& transfer, const RemoteFile& file, std::uint64_t offset,
                                        Append& append);

[[nodiscard]] Error damaged(const RemoteFile& file);

}  // namespace ndisk::client
