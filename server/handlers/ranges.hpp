// Parts of a file's content, as Open and GetChunks name them. Pure.
#pragma once

#include <string_view>
#include <vector>

#include "common/protocol/messages.hpp"

namespace ndisk::server {

struct Range {
  std::uint64_t offset = 0;
  std::uint64_t end = 0;
};
using Ranges = std::vector<Range>;

// As they stand in the message, which a page of the document calls `name`. kProtocol: there are too many.
[[nodiscard]] Result<Ranges> parse_ranges(const google::protobuf::RepeatedPtrField<wire::ContentRange>& ranges,
                                          std::string_view name);
// kInvalid unless each has bytes, all of them in a file of `size` bytes, and none comes before the end of another.
[[nodiscard]] Result<void> check_ranges(const Ranges& ranges, std::uint64_t size);

}  // namespace ndisk::server
