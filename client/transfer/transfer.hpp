// What every transfer works with. Lives as long as the command; the I/O thread only.
#pragma once

#include "client/link.hpp"
#include "client/output.hpp"
#include "client/progress.hpp"
#include "common/net/blocking_pool.hpp"

namespace ndisk::client {

class RememberedDigests;

struct Transfer {
  Link& link;
  net::BlockingPool& pool;
  Output& output;
  Progress& progress;
  const RememberedDigests* digests = nullptr;  // null: none are remembered
  bool whole_files = false;                    // nothing is taken from older versions
  bool no_clobber = false;                     // of downloads: what stands at a target stays
};

}  // namespace ndisk::client
