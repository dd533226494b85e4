// The rules by which content becomes the current state of a file.
#pragma once

#include <optional>

#include "storage/object_store.hpp"
#include "storage/staged_bytes.hpp"
#include "storage/write_context.hpp"

namespace ndisk::storage {

struct FileCommit {
  Actor actor;
  RequestId request_id{};
  RemotePath path;
  Kind kind = Kind::kFile;  // or kLink
  Attributes attributes;
  Digest sha256{};
  std::uint64_t size = 0;
  Precondition precondition;
  bool instant = false;             // the content was held already: nothing was transferred
  bool receipt = false;             // asked for
  std::optional<UploadKey> upload;  // ends with this commit, as does what it takes of the quota
  std::optional<UploadId> upload_id;
};

// Inside the writer's transaction. Refers to content that the user holds, else takes `object` up; its parents are made
// as needed. Errors as those of Drive::put_small; kConflict, retryable, if there is neither content nor object. If the
// transaction is rolled back, it is the caller's to set in `staged` again what the upload takes.
[[nodiscard]] Result<Committed> commit_file(WriteContext& context, StagedBytes& staged, const FileCommit& commit,
                                            NewObject* object);

// kConflict, with both versions named, unless the precondition holds for what stands at the path.
[[nodiscard]] Result<void> check_precondition(const Precondition& precondition, const RemotePath& path,
                                              const std::optional<NodeRow>& node);

// Whether a file may stand at this place: kIsFolder, kNotFolder.
[[nodiscard]] Result<void> check_file_place(const RemotePath& path, const Place& place);

// The answer to a commit of this user that was made before, with its receipt, if there is one.
[[nodiscard]] Result<std::optional<Committed>> answer_commit_again(Database& database, const UserRow& user,
                                                                   const DeviceId& device, const RequestId& request);

// The answer to a request that was made before, if there is one; of a commit without its receipt. kInvalid if it was
// another kind of request.
[[nodiscard]] Result<std::optional<Committed>> answer_again(RequestTable requests, const DeviceId& device,
                                                            const RequestId& request, RequestKind kind);

}  // namespace ndisk::storage
