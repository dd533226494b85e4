// What stands below a folder of the drive, asked for in the order of trees: a merge with a walk, in constant memory.
//
// The I/O thread only. As with Listing: while other streams of the link are waited for, call pause() first.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/remote/listing.hpp"

namespace ndisk::client {

class RemoteTree {
 public:
  // `folder` may be missing: then nothing is below it.
  RemoteTree(Link& link, const RemotePath& folder) : listing_(link, folder, true) {}

  // Entry by entry. While needs_page(), peek() knows nothing yet and fetch() is due; nullptr at the end.
  [[nodiscard]] bool needs_page() const { return next_ == page_.size() && !ended_; }
  net::Task<Result<void>> fetch();
  [[nodiscard]] const wire::Entry* peek() const { return next_ == page_.size() ? nullptr : &page_[next_]; }
  void pop() { ++next_; }

  // By path, relative to the folder, in ascending order: passes over what comes before it. True once find() can
  // answer; until then fetch_for() is due.
  [[nodiscard]] bool covers(std::string_view path);
  // Where much lies between, the server is asked to leave it out.
  net::Task<Result<void>> fetch_for(std::string_view path);
  // nullptr if nothing stands there. Valid until the next call.
  [[nodiscard]] const wire::Entry* find(std::string_view path) const;

  void pause() { listing_.pause(); }

 private:
  Listing listing_;
  std::vector<wire::Entry> page_;
  std::size_t next_ = 0;
  std::size_t passed_ = 0;  // entries since one was found
  bool ended_ = false;
};

// The one thing at a path, as Stat tells it; nothing if nothing stands there.
net::Task<Result<std::optional<wire::Entry>>> stat_remote(Link& link, const RemotePath& path);

}  // namespace ndisk::client
