// Items of the trash as the command line names them: by number, by path, by pattern. The I/O thread only.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "client/context.hpp"
#include "common/protocol/messages.hpp"

namespace ndisk::client {

// Hands out what is in the trash, newest first, each item once; stops early where `take` returns false.
net::Task<Result<void>> walk_trash(Context& context, std::function<bool(const wire::TrashEntry&)> take);

struct TrashMatch {
  std::uint64_t id = 0;
  std::string path;  // where it was
  std::string word;  // that named it
};

// Each item once, in the order of the words. A word that names nothing is counted as failed (kNotFound).
//
// A number is the item of that number, if there is one; all else is a path as it was, or a pattern for such paths. Of a
// path that was removed more than once `newest_only` takes the last removed.
net::Task<std::vector<TrashMatch>> find_in_trash(Context& context, const std::vector<std::string>& words,
                                                 bool newest_only);

}  // namespace ndisk::client
