// One file or link from the server: to a local path, or to an open descriptor.
//
// The I/O thread only; writing and digests run on the pool. Errors that another try may mend are retried over the link,
// each time from where the content ended.
#pragma once

#include <functional>
#include <optional>

#include "client/download/local_target.hpp"
#include "client/transfer/transfer.hpp"
#include "common/remote_path.hpp"

namespace ndisk::client {

// One version, whose content can't change.
struct RemoteFile {
  RemotePath path;
  std::uint64_t version = 0;
  Wanted wanted;

  [[nodiscard]] std::uint64_t size() const { return wanted.stamp.size; }
};

// kProtocol if the server's entry or answer lacks what a file has; kIsFolder for a folder.
[[nodiscard]] Result<RemoteFile> remote_file(RemotePath path, const wire::Entry& entry);
[[nodiscard]] Result<RemoteFile> remote_file(RemotePath path, const wire::FileInfo& info);

// Replaces what is there atomically; a file with the same content is left alone but for mode and mtime. `existing` is
// what look_at_target or examine_target said. kIntegrity if the server's bytes do not have their digest. True if
// anything was replaced or made, false if it was there already, or something that is to stay.
net::Task<Result<bool>> download_file(Transfer& transfer, const RemoteFile& file, const std::string& local,
                                      Existing existing);

// Whether a local file of the same size has the content; read part by part, so that an interrupt is noticed.
net::Task<Result<bool>> is_identical(Transfer& transfer, const RemoteFile& file, const std::string& local);

// Writes the content as it comes; no byte twice. `name` is for messages. kIntegrity, after all of it was written, if
// the bytes do not have their digest. A reader of standard output that went away ends the process.
net::Task<Result<void>> download_to_descriptor(Transfer& transfer, const RemoteFile& file, int descriptor,
                                               const std::string& name);

// Takes content in order, on the pool.
using Append = std::move_only_function<Result<void>(ByteView)>;

// One try to get the content from `offset` to the end.
net::Task<Result<void>> receive_content(Transfer& transfer, const RemoteFile& file, std::uint64_t offset,
                                        Append& append);

[[nodiscard]] Error damaged(const RemoteFile& file);

}  // namespace ndisk::client
