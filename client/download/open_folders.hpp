// The local folders of a tree that is being written, as the listing goes through it: each gets its own mode and mtime
// when everything in it is there.
//
// A folder is finished when the listing has left it and all that holds on to it is through: downloads, and folders in
// it. So a folder that can't be written into (0555) is filled first, and its mtime is the last word. Memory grows with
// the depth of the tree and with what is under way. Touches no disk: the caller makes folders and applies attributes.
// The I/O thread only, save what is said of Folder.
#pragma once

#include <list>
#include <optional>
#include <string>
#include <vector>

#include "client/transfer/source_file.hpp"

namespace ndisk::client {

class OpenFolders {
 public:
  struct Folder {
    std::string remote;  // relative to the operand; of the operand's own folder empty
    std::string local;
    std::optional<Stamp> attributes;  // nothing: they are left as they are
    Folder* parent = nullptr;
    std::size_t holders = 0;
    // Set by who works on the disk, one at a time:
    bool is_wanted = true;  // false: is made only once something in it is
    bool is_usable = true;  // false: it could not be made, nothing can be in it
    bool was_made = false;
    bool is_swept = false;  // of what earlier runs left
  };

  // Keeps a folder from being finished. Must not outlive the folders.
  class Hold {
   public:
    Hold() = default;
    Hold(OpenFolders& folders, Folder& folder) : folders_(&folders), folder_(&folder) { ++folder.holders; }
    Hold(Hold&& other) noexcept : folders_(other.folders_), folder_(std::exchange(other.folder_, nullptr)) {}
    Hold& operator=(Hold&& other) noexcept {
      std::swap(folders_, other.folders_);
      std::swap(folder_, other.folder_);
      return *this;
    }
    ~Hold() { release(); }

    void release() {
      if (folder_ != nullptr) folders_->release(*std::exchange(folder_, nullptr));
    }
    [[nodiscard]] Folder* folder() const { return folder_; }

   private:
    OpenFolders* folders_ = nullptr;
    Folder* folder_ = nullptr;
  };

  // The folder that an entry is in, whose path is relative to the operand; the listing has left all others that are not
  // above it. Null if no such folder is open.
  Folder* parent_of(std::string_view remote);
  // Opens a folder below the innermost open one, or the first.
  Folder& open(std::string remote, std::string local, std::optional<Stamp> attributes);
  // The listing has ended: it leaves them all.
  void leave_all();

  // Folders that were finished since the last call, the deepest first; each is the caller's until done() with it.
  [[nodiscard]] std::list<Folder> take_finished() { return std::exchange(finished_, {}); }
  // Its attributes are applied: the folder above may be finished next.
  void done(const Folder& folder);

 private:
  void leave_innermost();
  void release(Folder& folder);

  std::list<Folder> folders_;
  std::vector<Folder*> open_;
  std::list<Folder> finished_;
};

}  // namespace ndisk::client
