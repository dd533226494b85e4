// Downloads that are under way, as many at once as the budgets allow, and what is said of each: to the tally, the
// progress and the output.
//
// The I/O thread only. Memory is bounded whatever the number and size of the files.
#pragma once

#include "client/context.hpp"
#include "client/download/download.hpp"
#include "client/download/open_folders.hpp"
#include "common/net/byte_budget.hpp"

namespace ndisk::client {

class DownloadQueue {
 public:
  struct Item {
    RemoteFile file;
    std::string local;
    Existing existing = Existing::kNothing;
    OpenFolders::Hold folder;  // that it is in
  };

  struct Rules {
    bool dry_run = false;
    bool whole_files = false;  // nothing is taken from older copies
    bool no_clobber = false;   // what stands at a target stays, also if it came since it was looked at
  };
  DownloadQueue(Context& context, Progress& progress, Rules rules);

  // Waits until there is room; starts in the order of the calls. One caller at a time. In a dry run it says what it
  // would do.
  net::Task<> start(Item item);
  // Writes the content to a descriptor, and returns when that is done.
  net::Task<> stream(const RemoteFile& file, int descriptor, const std::string& name);
  // Until all that was started is through. Says once that the disk here is full, if it is, with what is kept.
  net::Task<> join();
  // Nothing more can succeed.
  [[nodiscard]] bool is_over() const {
    return full_ || context_.link.stopping() || context_.link.given_up().has_value();
  }

  // What became of a file: true if it was replaced, false if all was there already.
  void settle(const Result<bool>& replaced, const RemoteFile& file, const std::string& local);
  // A failure of this thing, of the whole link, or of the disk here.
  void fail(const Error& error, std::string_view name);
  // A line of a dry run: "create", "replace", "same", "attributes", "folder", "link" or "skip".
  void plan(std::string_view action, const std::string& path, const std::string& local, std::string_view reason = {});
  // A thing whose name the disk can't hold apart from another. To people it was said when the names were looked at.
  void leave_out(const std::string& path, const std::string& local);

 private:
  struct Shares {
    net::ByteBudget::Share slot;
    net::ByteBudget::Share memory;
  };

  net::Task<> download(Item item, Shares shares);
  net::Task<> plan_item(const Item& item);
  void count_failure(const Error& error, std::string_view name);
  void tell_full();

  Context& context_;
  Transfer transfer_;
  Progress& progress_;
  bool dry_run_;
  std::uint64_t replaced_ = 0;
  std::uint64_t refused_ = 0;  // by the disk here
  std::optional<Error> full_;
  net::ByteBudget slots_;
  net::ByteBudget memory_;
  net::TaskGroup tasks_;
};

}  // namespace ndisk::client
