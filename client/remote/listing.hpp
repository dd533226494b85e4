// The entries of a remote folder, page by page, with bounded memory; goes on after a lost connection.
//
// What comes is checked: paths that can be, in walk order, nothing below what was not listed as a folder
// (listing_order.hpp). kProtocol if the server breaks that.
//
// The I/O thread only. Pages that nobody takes fill the session's inbox and stop every other stream: while other
// streams of the link are waited for, call pause() first.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/link.hpp"
#include "client/remote/listing_order.hpp"
#include "common/remote_path.hpp"

namespace ndisk::client {

class Listing {
 public:
  Listing(Link& link, const RemotePath& path, bool recursive);
  // Any request: with a filter, totals, a depth. `after` must be empty.
  Listing(Link& link, wire::List request);

  // The next entries, never empty; nothing at the end.
  net::Task<Result<std::optional<std::vector<wire::Entry>>>> next();
  // Known once next() has returned: the path is a file or a link, and the one entry is that.
  [[nodiscard]] bool is_file() const { return is_file_; }
  // Lets the server stop; next() asks it to go on where it was.
  void pause() { stream_.reset(); }
  // Goes on after `path`, which comes after all that was given out: what lies between is not asked for.
  void skip_to(const std::string& path);

 private:
  net::Task<Result<void>> ask();
  net::Task<Result<std::optional<std::vector<wire::Entry>>>> take_page();
  Result<void> check(const wire::Entry& entry);

  Link& link_;
  wire::List request_;
  ListingOrder order_;
  bool is_file_ = false;
  bool ended_ = false;
  std::optional<Link::Stream> stream_;
};

}  // namespace ndisk::client
