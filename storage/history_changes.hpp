// The rule of making an earlier version the current one again. Inside the writer's transaction.
#pragma once

#include "storage/write_context.hpp"

namespace ndisk::storage {

// Errors as those of Drive::restore; kIntegrity: the version's content is damaged.
[[nodiscard]] Result<Placed> restore_path(WriteContext& context, const Actor& actor, const RequestId& request_id,
                                          const RemotePath& path, std::optional<std::uint64_t> version);

// Which version of a file a restore without a number means: the one before the current. With a number, that one, if it
// is the file's. kNotFound; kIsFolder.
[[nodiscard]] Result<VersionRow> choose_version(Database& database, const RemotePath& path, const NodeRow& node,
                                                std::optional<std::uint64_t> version);

// kNotFound, in words for people.
[[nodiscard]] std::unexpected<Error> fail_not_its_version(const RemotePath& path, std::uint64_t version);

}  // namespace ndisk::storage
