#include "server/handlers/ranges.hpp"

#include <algorithm>
#include <limits>

namespace ndisk::server {

Result<Ranges> parse_ranges(const google::protobuf::RepeatedPtrField<wire::ContentRange>& ranges,
                            std::string_view name) {
  if (static_cast<std::size_t>(ranges.size()) > protocol::kMaxOpenRanges) {
    return fail(ErrorCode::kProtocol,
                std::string(name) + " has over " + std::to_string(protocol::kMaxOpenRanges) + " ranges");
  }
  Ranges parsed;
  parsed.reserve(static_cast<std::size_t>(ranges.size()));
  for (const auto& range : ranges) {
    // One that wraps around ends at no file's end.
    const auto most = std::numeric_limits<std::uint64_t>::max() - range.offset();
    parsed.push_back({range.offset(), range.offset() + std::min<std::uint64_t>(range.length(), most)});
  }
  return parsed;
}

Result<void> check_ranges(const Ranges& ranges, std::uint64_t size) {
  std::uint64_t behind_last = 0;
  for (const auto& [offset, end] : ranges) {
    if (offset < behind_last || offset >= end || end > size) {
      return fail(ErrorCode::kInvalid, "the range of " + std::to_string(end - offset) + " bytes at " +
                                           std::to_string(offset) + " is empty, lies outside of the file's " +
                                           std::to_string(size) + " bytes, or comes before the end of another");
    }
    behind_last = end;
  }
  return {};
}

}  // namespace ndisk::server
