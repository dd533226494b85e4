// TreeCheck: DATA/tree against the catalog. Every folder is there; every current file is there, as a link to its
// object or as a copy of it; nothing else is there.
//
// The mirror lags behind: what looks wrong is looked at again once the mirror has done everything, and counts if
// nothing was told to the tree meanwhile, or if it was wrong each of many times. A repair moves to DATA/quarantine what
// stands there and is not the store's, tells the mirror to make it anew, and looks whether it did.
#pragma once

#include <deque>
#include <functional>
#include <optional>

#include "common/digest.hpp"
#include "storage/check_phase.hpp"
#include "storage/node_places.hpp"
#include "storage/tree_strangers.hpp"
#include "storage/tree_view.hpp"

namespace ndisk::storage {

class TreeCheck final : public CheckPhase {
 public:
  TreeCheck(const CheckedParts& parts, bool repair)
      : parts_(parts), repair_(repair), view_(parts.files, parts.directory.tree.get()), strangers_(parts) {}
  // Some hundred files or names; or some MiB of a file that is no link.
  Result<bool> step(CheckOutcome& outcome) override;
  CheckProgress progress() const override;

  // A folder or a file, as the catalog has it. With an empty path, a user's own folder.
  struct Node {
    std::int64_t id = 0;
    NodePlace place;
    bool is_folder = false;
    bool is_empty = false;  // of a user's own folder: the tree may do without
    std::int64_t object = 0;
    Digest sha256{};
    std::uint64_t size = 0;
    bool is_healthy = true;  // the tree may do without damaged content
  };

 private:
  enum class Seen : std::uint8_t { kRight, kUnlinked, kHidden, kMissing, kOther, kClosed, kRefused };
  struct Look {
    Seen seen = Seen::kRight;
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
  };
  // A file that is no link to its object, while its content is compared.
  struct Reading {
    Node node;
    Look look;
    Fd file;
    std::uint64_t offset = 0;
    Sha256 digest;
  };

  Result<bool> go_on(CheckOutcome& outcome);
  Result<void> begin(CheckOutcome& outcome);
  Result<bool> fetch();
  Result<void> check(const Node& node, CheckOutcome& outcome);
  Result<Look> look(const Node& node);
  bool may_be_missing(const Node& node);
  Result<Look> compare(const Node& node, const FileStatus& shown);
  Result<void> read_on(CheckOutcome& outcome);
  Result<void> suspect(const Node& node, const std::optional<Look>& damaged, CheckOutcome& outcome);
  Result<Seen> look_again(const Node& node, const std::optional<Look>& damaged);
  Result<void> make_anew(const Node& node);

  Result<void> check_names(const Node& folder, CheckOutcome& outcome);
  Result<void> sift(const Node& folder, const std::vector<std::string>& names, CheckOutcome& outcome);
  Result<void> suspect_extra(const Node& folder, const std::string& name, CheckOutcome& outcome);
  Result<void> check_users(CheckOutcome& outcome);
  Result<void> suspect_user(const std::string& name, CheckOutcome& outcome);

  Result<void> settle();
  Result<bool> confirm(const std::function<Result<bool>()>& is_wrong);
  // Moves what stands at the place aside first, and says so in the finding.
  Result<bool> mend(Finding& finding, const std::function<Result<std::optional<std::string>>()>& put_aside,
                    const std::function<Result<void>()>& tell, const std::function<Result<bool>()>& is_wrong);
  void note(CheckOutcome& outcome, Finding finding, bool mended);

  CheckedParts parts_;
  const bool repair_;
  TreeView view_;
  TreeStrangers strangers_;
  bool begun_ = false;
  std::int64_t after_ = 0;  // nodes up to this id were looked at, or are pending
  std::int64_t last_ = 0;
  std::deque<Node> pending_;
  std::optional<Reading> reading_;
  std::size_t looked_ = 0;  // in this step
  std::size_t extra_ = 0;   // names too many in the folder that is looked at
  std::optional<Error> stalled_;
};

}  // namespace ndisk::storage
