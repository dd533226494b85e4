// The room on the disk that content may take: what is free, save a reserve for the catalog. So a drive that was filled
// to the last byte can still be emptied through the server: removing has to be recorded too.
//
// Any thread.
#pragma once

#include <algorithm>
#include <optional>

#include "storage/file_layer.hpp"

namespace ndisk::storage {

inline constexpr std::uint64_t kReserveBytes = 8 << 20;

// In the file system that `folder` is in; nothing if it can't be found out.
[[nodiscard]] inline std::optional<std::uint64_t> room_for_content(FileLayer& files, int folder) {
  const auto status = files.file_system(folder);
  if (!status) return std::nullopt;
  return status->free_bytes - std::min(status->free_bytes, kReserveBytes);
}

// kNoSpace where there is less room than `bytes`, which are to be added. Where that can't be found out, writing tells.
[[nodiscard]] inline Result<void> check_room(FileLayer& files, int folder, std::uint64_t bytes) {
  const auto room = room_for_content(files, folder);
  if (!room || bytes < *room) return {};
  return fail(ErrorCode::kNoSpace,
              "the server's disk is full but for a reserve for its catalog: remove something and "
              "empty the trash, or free some space there");
}

// The same of what a change writes to the catalog.
[[nodiscard]] inline Result<void> check_room_for_rows(FileLayer& files, int folder, std::uint64_t bytes) {
  const auto room = room_for_content(files, folder);
  if (!room || bytes <= *room) return {};
  const auto mebibytes = std::to_string((bytes >> 20) + 1);
  return fail(ErrorCode::kNoSpace,
              "the server's disk has no room for what is to be noted of all that is below, up to " + mebibytes +
                  " MiB: free some space there");
}

}  // namespace ndisk::storage
