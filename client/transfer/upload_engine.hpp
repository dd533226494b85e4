// Many files to the server, pipelined: each is one coroutine, as many at once as the budgets allow.
//
// The I/O thread only; looking for files and reading them runs on the pool. Memory is bounded whatever the number and
// size of the files.
#pragma once

#include "client/context.hpp"
#include "client/transfer/source_walker.hpp"
#include "client/transfer/transfer.hpp"
#include "client/transfer/upload.hpp"
#include "common/net/byte_budget.hpp"

namespace ndisk::client {

class UploadEngine {
 public:
  UploadEngine(Context& context, Progress& progress);

  // Until every file is through, or nothing more can succeed. What became of each goes to the context's tally.
  net::Task<> run(SourceWalker walker);
  // One result, also for uploads that come from elsewhere.
  void settle(const Result<Uploaded>& uploaded, const std::string& local, const RemotePath& remote);

 private:
  struct Shares {
    net::ByteBudget::Share slot;
    net::ByteBudget::Share memory;
    net::ByteBudget::Share unsettled;
  };

  net::Task<> start(SourceItem item);
  net::Task<> upload(SourceItem item, Shares shares);
  net::Task<> make_folder(SourceItem item, Shares shares);
  [[nodiscard]] bool is_over() const;

  Context& context_;
  Transfer transfer_;
  Progress& progress_;
  net::ByteBudget slots_;
  net::ByteBudget memory_;
  net::ByteBudget unsettled_;
  net::TaskGroup tasks_;
};

}  // namespace ndisk::client
