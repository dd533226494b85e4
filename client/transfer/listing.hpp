// The entries of a remote folder, page by page, with bounded memory; goes on after a lost connection.
//
// The I/O thread only. Pages that nobody takes fill the session's inbox and stop every other stream: while other
// streams of the link are waited for, call pause() first.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/link.hpp"
#include "common/remote_path.hpp"

namespace ndisk::client {

class Listing {
 public:
  Listing(Link& link, RemotePath path, bool recursive) : link_(link), path_(std::move(path)), recursive_(recursive) {}

  // The next entries, never empty; nothing at the end.
  net::Task<Result<std::optional<std::vector<wire::Entry>>>> next();
  // Known once next() has returned: the path is a file, and the one entry is that file.
  [[nodiscard]] bool is_file() const { return is_file_; }
  // Lets the server stop; next() asks it to go on where it was.
  void pause() { stream_.reset(); }

 private:
  net::Task<Result<void>> ask();
  net::Task<Result<std::optional<std::vector<wire::Entry>>>> take_page();

  Link& link_;
  RemotePath path_;
  bool recursive_;
  bool is_file_ = false;
  bool ended_ = false;
  std::string after_;
  std::optional<Link::Stream> stream_;
};

}  // namespace ndisk::client
