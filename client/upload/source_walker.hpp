// What is below the things that were named on the command line, in batches, in the order of trees (tree_order.hpp):
// the names of a folder by their bytes, and what is in a folder directly after it. Memory grows with the depth of
// folders and with the number of names in those that are open.
//
// next() blocks: not on the I/O thread. One thread at a time.
#pragma once

#include <sys/types.h>

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "client/file_descriptor.hpp"
#include "client/filter/filter.hpp"
#include "client/filter/ignore_file.hpp"
#include "client/transfer/naming.hpp"
#include "client/transfer/source_file.hpp"
#include "client/upload/folder_names.hpp"

struct stat;

namespace ndisk::client {

struct SourceItem {
  enum class Kind : std::uint8_t {
    kFile,
    kLink,
    kFolder,   // before what is in it
    kSkipped,  // a socket, pipe or device, what grows or a get left, a folder that leads back: `error` has the word
    kLeftOut,  // by a filter or an ignore file, with all below it; only if asked for
    kProblem,  // could not be looked at: `error` says why
  };
  Kind kind = Kind::kFile;
  bool is_operand = false;  // named on the command line itself
  bool may_repeat = false;  // of an operand, see PutSource
  std::string local{};
  std::size_t followed = kFollowAll;  // of `local`, see there
  RemotePath remote{};
  Stamp stamp{};               // when it was looked at
  const char* what = "";       // of a skipped one: "socket"
  bool is_unfinished = false;  // of a skipped one: a get made it, and it stands for nothing in the drive
  Error error{};
};

struct WalkOptions {
  bool recursive = false;
  bool follow = false;  // links: what they lead to in their place
  Filter filter{};
  // Of --files-from: only these below each operand, in the order of trees.
  std::optional<std::vector<std::string>> names{};
  bool tell_left_out = false;
  // Of a file that grows while this goes on, and is not put for that: the receipts'.
  struct Identity {
    dev_t device = 0;
    ino_t inode = 0;
  };
  std::optional<Identity> growing{};
};

class SourceWalker {
 public:
  // Links that are named themselves are followed without -r, with --follow, and with a '/' behind them.
  SourceWalker(std::vector<PutSource> sources, WalkOptions options)
      : options_(std::move(options)), sources_(sources.begin(), sources.end()) {}

  // At least one item and about `most`; none at the end.
  [[nodiscard]] std::vector<SourceItem> next(std::size_t most);

 private:
  struct Folder {
    SourceItem item;
    FileDescriptor open{};
    dev_t device = 0;
    ino_t inode = 0;
    FolderNames names{};
    std::string below{};  // its path relative to the operand
    std::optional<IgnoreFile> ignore{};
    bool given = false;  // the item went out
  };

  void take_operand();
  void take_name();
  void take_entry();
  void look_at(const char* name);
  // By its kind; `parent` is an open folder, and `name` is in it.
  void take(SourceItem item, const struct stat& status, std::string below, int parent, const char* name,
            Filter::Verdict verdict);
  void enter(SourceItem item, const struct stat& status, std::string below, int parent, const char* name, bool through);
  void give_parents_of(const std::string& name);
  Result<void> read_folder(Folder& folder);
  [[nodiscard]] bool is_growing(const struct stat& status) const;
  [[nodiscard]] bool is_above_itself(const struct stat& status) const;
  [[nodiscard]] bool is_ignored(std::string_view below, bool is_folder) const;
  void give_folders();
  void give(SourceItem item);
  void give_problem(SourceItem item, Error error);
  void give_skipped(SourceItem item, const char* what, const std::string& word);

  WalkOptions options_;
  std::deque<PutSource> sources_;
  std::vector<Folder> folders_;
  // Of --files-from: the operand whose names are being taken, the next of them, and the last that was gone through.
  std::optional<PutSource> named_;
  std::size_t next_name_ = 0;
  std::string last_parent_;
  std::vector<SourceItem> items_;
};

}  // namespace ndisk::client
