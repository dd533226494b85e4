// Files and folders from the server, pipelined: each file is one coroutine, as many at once as the budgets allow.
//
// The I/O thread only; disk work runs on the pool. Memory is bounded whatever the number and size of the files.
#pragma once

#include <vector>

#include "client/context.hpp"
#include "client/transfer/download.hpp"
#include "client/transfer/listing.hpp"
#include "client/transfer/naming.hpp"
#include "common/net/byte_budget.hpp"

namespace ndisk::client {

class DownloadEngine {
 public:
  DownloadEngine(Context& context, Progress& progress, bool recursive);

  // Until everything is through, or nothing more can succeed. What became of each goes to the context's tally.
  net::Task<> run(std::vector<GetSource> sources);

 private:
  struct Item {
    wire::Entry entry;
    std::string local;
    // Of small files only.
    Result<std::optional<Existing>> existing;
  };
  struct Shares {
    net::ByteBudget::Share slot;
    net::ByteBudget::Share memory;
  };

  net::Task<> fetch(const GetSource& source);
  net::Task<> fetch_folder(const GetSource& source, Listing& listing, std::vector<wire::Entry> entries);
  net::Task<> fetch_entries(const GetSource& source, std::vector<wire::Entry> entries);
  net::Task<> start(RemoteFile file, std::string local, std::optional<Existing> known);
  net::Task<> download(RemoteFile file, std::string local, std::optional<Existing> known, Shares shares);
  net::Task<> take_item(const GetSource& source, Item item);
  void settle(const Result<void>& done, const RemoteFile& file, const std::string& local);
  void fail_source(const Error& error, const GetSource& source);
  [[nodiscard]] bool is_over() const;

  Context& context_;
  Transfer transfer_;
  Progress& progress_;
  bool recursive_;
  net::ByteBudget slots_;
  net::ByteBudget memory_;
  net::TaskGroup tasks_;
};

}  // namespace ndisk::client
