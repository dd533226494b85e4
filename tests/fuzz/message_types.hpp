// Which message a frame of each type carries. Pure.
#pragma once

#include <memory>

#include "common/protocol/messages.hpp"

namespace ndisk::fuzz {

// Empty; of a bulk type the message in front of the content. Nothing for Data, End and numbers that are no type.
[[nodiscard]] std::unique_ptr<google::protobuf::MessageLite> message_of(protocol::FrameType type);

}  // namespace ndisk::fuzz
