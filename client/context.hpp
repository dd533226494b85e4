// What every command that talks to a server works with. Lives as long as the command; the I/O thread only.
#pragma once

#include "client/interrupt.hpp"
#include "client/link.hpp"
#include "client/options.hpp"
#include "client/output.hpp"
#include "client/tally.hpp"
#include "common/net/blocking_pool.hpp"

namespace ndisk::client {

struct Context {
  const GlobalOptions& options;
  net::Executor executor;
  net::BlockingPool& pool;
  Output& output;
  Link& link;
  Interrupt& interrupt;
  Tally& tally;
};

}  // namespace ndisk::client
