// The files below what was named on the command line, in batches; memory grows with the depth of folders only.
//
// next() blocks: not on the I/O thread. One thread at a time.
#pragma once

#include <dirent.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "client/transfer/naming.hpp"

struct stat;

namespace ndisk::client {

struct SourceItem {
  enum class Kind : std::uint8_t {
    kFile,
    kEmptyFolder,  // a folder with nothing in it that was given out
    kSkipped,      // a link, socket or device below a folder: `error` has the word about it
    kProblem,      // could not be looked at: `error` says why
  };
  Kind kind = Kind::kFile;
  std::string local;
  RemotePath remote;
  std::uint64_t size = 0;  // when it was looked at
  Error error;
};

class SourceWalker {
 public:
  // Links that are named themselves are followed; below a folder they are skipped.
  SourceWalker(std::vector<PutSource> sources, bool recursive)
      : sources_(sources.begin(), sources.end()), recursive_(recursive) {}

  // At least one item and about `most`; none at the end.
  [[nodiscard]] std::vector<SourceItem> next(std::size_t most);

 private:
  struct CloseFolder {
    void operator()(DIR* folder) const { ::closedir(folder); }
  };
  struct Folder {
    std::unique_ptr<DIR, CloseFolder> open;
    std::string local;
    RemotePath remote;
    bool gave_something = false;
  };

  void take_operand(std::vector<SourceItem>& items);
  void take_entry(std::vector<SourceItem>& items);
  void enter(std::string local, RemotePath remote, std::vector<SourceItem>& items);
  void leave(std::vector<SourceItem>& items);
  void look_at(const std::string& name, std::vector<SourceItem>& items);

  std::deque<PutSource> sources_;
  std::vector<Folder> folders_;
  bool recursive_;
};

}  // namespace ndisk::client
