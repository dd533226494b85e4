// Many files to the server, pipelined: each that is to be sent is one coroutine, as many at once as the budgets allow.
// What the drive has already is found out by a merge of the walk with a listing, and costs no coroutine.
//
// The I/O thread only; looking for files and reading them runs on the pool. Memory is bounded whatever the number and
// size of the files.
#pragma once

#include <optional>
#include <string>

#include "client/upload/put_file.hpp"
#include "client/upload/remote_tree.hpp"
#include "client/upload/source_walker.hpp"
#include "common/net/byte_budget.hpp"

namespace ndisk::client {

class UploadEngine {
 public:
  explicit UploadEngine(PutRun& run);

  // Until every file is through, or nothing more can succeed. `look_up_each`: what the walk gives is only a part of
  // the folders that it goes through, so that listing them whole would not pay.
  net::Task<> run(SourceWalker walker, bool look_up_each);

 private:
  struct Shares {
    net::ByteBudget::Share slot;
    net::ByteBudget::Share memory;
    net::ByteBudget::Share unsettled;
  };
  // A folder that was named, and what the drive has below it.
  struct Tree {
    RemotePath remote;
    std::optional<RemoteTree> there;     // nothing: all of it will be made
    std::optional<std::string> refused;  // nothing is put below this
  };

  net::Task<> take(SourceItem item);
  net::Task<> begin_tree(SourceItem item);
  net::Task<> take_in_tree(SourceItem item);
  net::Task<Result<const wire::Entry*>> look_up(const std::string& path);
  net::Task<> start(PutTask task);
  net::Task<> put(PutTask task, Shares shares);
  [[nodiscard]] bool is_over() const;

  PutRun& run_;
  bool look_up_each_ = false;
  std::optional<Tree> tree_;
  net::ByteBudget slots_;
  net::ByteBudget memory_;
  net::ByteBudget unsettled_;
  net::TaskGroup tasks_;
};

}  // namespace ndisk::client
