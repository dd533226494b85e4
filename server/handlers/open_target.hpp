// Which version a request means that may name a path, a version of the user's, or both. Pure.
#pragma once

#include "common/protocol/messages.hpp"
#include "storage/drive.hpp"

namespace ndisk::server {

// Of wire::Open and the messages that name a version as it does. kInvalid: a path that can't be.
template <class Message>
[[nodiscard]] Result<storage::OpenTarget> open_target_of(const Message& message) {
  auto path = protocol::path_field(message.path());
  if (!path) return std::unexpected(path.error());
  storage::OpenTarget target{.path = std::move(*path), .version = {}};
  if (message.has_version()) target.version = message.version();
  return target;
}

}  // namespace ndisk::server
