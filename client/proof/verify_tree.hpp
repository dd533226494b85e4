// Local files and folders against what the drive has in their places, by digest: a merge of the walk with a listing.
//
// The I/O thread only; reading runs on the pool. Memory is bounded, whatever the number and size of the files.
#pragma once

#include <optional>
#include <string>

#include "client/proof/verify_report.hpp"
#include "client/upload/remote_tree.hpp"
#include "client/upload/source_walker.hpp"
#include "common/net/byte_budget.hpp"

namespace ndisk::client {

class VerifyTree {
 public:
  // `filter` is that of the walk: what it leaves out in the drive is not compared either. `only_named`: what the drive
  // has beside is nobody's business.
  VerifyTree(Context& context, VerifyReport& report, Filter filter, bool only_named);

  // Until everything is compared, or nothing more can succeed.
  net::Task<> run(SourceWalker walker);

 private:
  struct Tree {
    std::string local;
    RemotePath remote;
    std::optional<RemoteTree> there;
    // With what is below it, nothing here is compared: it is left out, or could not be looked at.
    std::optional<std::string> ignored;
    // Folders of the drive above the place where one is, that were passed without a word: the walk may give them once
    // there is something in them.
    std::vector<wire::Entry> passed;
    bool is_unlisted = false;  // what the drive has in it can't be known
  };

  net::Task<> take(SourceItem item);
  net::Task<> take_alone(SourceItem item);
  net::Task<> begin_tree(SourceItem item);
  net::Task<> take_in_tree(SourceItem item);
  // Names what the drive alone has before `path`; nothing: up to the end. False if the drive can't be listed.
  net::Task<bool> pass(std::optional<std::string> path);
  net::Task<> end_tree();
  // What the drive has there, if it was not passed with a word.
  std::optional<wire::Entry> take_there(const std::string& path);
  void tell_extra(const wire::Entry& entry);
  void tell_skipped(const SourceItem& item, const wire::Entry* there);
  net::Task<> compare(SourceItem item, const wire::Entry* there);
  net::Task<> compare_content(SourceItem item, Digest expected, std::uint64_t version, VerifyReport::Outcome& outcome,
                              net::ByteBudget::Share share);
  [[nodiscard]] bool is_over() const { return context_.link.stopping() || context_.link.given_up(); }

  Context& context_;
  VerifyReport& report_;
  Filter filter_;
  bool only_named_;
  std::optional<Tree> tree_;
  net::ByteBudget slots_;
  net::TaskGroup tasks_;
};

}  // namespace ndisk::client
