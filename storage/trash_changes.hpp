// The rules of bringing things back from the trash, and of emptying it. Inside the writer's transaction.
#pragma once

#include <functional>

#include "storage/table_trash.hpp"
#include "storage/write_context.hpp"

namespace ndisk::storage {

// Errors as those of Drive::restore_trash.
[[nodiscard]] Result<Placed> restore_from_trash(WriteContext& context, const Actor& actor, const RequestId& request_id,
                                                std::uint64_t id, const std::optional<RemotePath>& to);

// Puts an item where the path says, or beside it if something stands there. Marks the user as touched and counts the
// change; the request is the caller's to remember. kNotFolder, kInvalid: the path can't be.
[[nodiscard]] Result<Placed> put_back(WriteContext& context, UserRow& user, const TrashRow& item, const RemotePath& to);

// Ids that are not in the trash count for nothing.
[[nodiscard]] Result<Emptied> empty_trash(WriteContext& context, const Actor& actor, const EmptyTrashRequest& request);

// A number that is free though the one before it, if any, is taken. The lowest of the first 16; above them it asks
// about few, however many are taken.
[[nodiscard]] std::uint64_t free_number(const std::function<bool(std::uint64_t)>& is_taken);

// "NAME (restored).EXT", with a number from the second on. A folder's name, and one that is all extension, is not
// split; neither is one whose extension leaves no room. Cut before the mark, between characters, to at most 255 bytes.
[[nodiscard]] std::string restored_name(std::string_view name, Kind kind, std::uint64_t number);

}  // namespace ndisk::storage
