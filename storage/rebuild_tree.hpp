// RebuildTree: takes what stands in tree/ into the catalog that is being made. One thread at a time; all must outlive
// it.
#pragma once

#include "storage/file_commit.hpp"
#include "storage/rebuild.hpp"
#include "storage/rebuild_objects.hpp"
#include "storage/rebuild_unread.hpp"

namespace ndisk::storage {

class RebuildTree {
 public:
  RebuildTree(FileLayer& files, const DataDirectory& directory, WriteContext& context, RebuildObjects& objects,
              const RebuildOptions& options)
      : files_(files),
        directory_(directory),
        context_(context),
        objects_(objects),
        options_(options),
        unread_(files, directory) {}

  // Every user that has a folder in tree/, with all below it, then what earlier rebuilds could not read, where nothing
  // else has its path, then what is damaged and whole elsewhere; in transactions of a bounded size.
  [[nodiscard]] Result<void> take_all();
  // Moves what it took from there back into the tree, so that no later rebuild brings back what is removed meanwhile.
  // Before the catalog is there: without one nobody but a rebuild touches the tree.
  [[nodiscard]] Result<void> give_back();
  [[nodiscard]] const RebuildReport& report() const { return report_; }

 private:
  static constexpr int kChangesAtOnce = 256;

  // tree/, or what earlier rebuilds moved from there.
  struct Source {
    std::string name;
    int folder = -1;
    bool is_tree = true;
  };

  void note_left(const std::string& path, const std::string& cause, const std::string& advice = "look at it yourself");
  Result<void> take_users(const Source& source);
  Result<void> take_user(const std::string& name);
  Result<void> begin_user(const std::string& name);
  Result<void> put_aside(int folder, const std::string& name, const std::string& path, const std::string& cause);
  Result<void> take_folder(const std::string& path);
  Result<void> take_entry(int folder, const RemotePath& path);
  Result<void> take_entry_again(int folder, const RemotePath& path, const FileStatus& status);
  Result<void> take_file(int folder, const RemotePath& path, const FileStatus& status);
  void note_damaged(const RemotePath& path, TimeNs mtime, const RebuildObjects::Content& content);
  void note_damaged(const RemotePath& path, TimeNs mtime, const RebuildObjects::PutAside& aside);
  Result<void> take_content(int folder, const RemotePath& path, const FileStatus& status);
  Result<void> leave_unread(int folder, const RemotePath& path, const std::string& cause);
  bool was_left(const RemotePath& path);
  void note_unreadable(const RemotePath& path, const FileStatus& status, const std::string& cause);
  bool is_noted(const RemotePath& path);
  // To be looked at again once everything was read.
  enum class Note { kUnreadable = 1, kDamaged = 2 };
  struct Noted {
    bool in_tree = true;
    std::string user;
    RemotePath path;
    TimeNs mtime = 0;
    std::string cause;
    std::uint64_t inode = 0;  // of what is unreadable
    Digest sha256{};          // of what is damaged
  };
  void note(Note note, const Noted& one);
  // The first after the one with the id `after`, which becomes its id. False: there is none.
  Result<bool> find_noted(Note note, std::int64_t& after, Noted& one);
  Result<void> take_noted(Note note, const Source& tree, const Source& kept);
  Result<void> take_unreadable(const Noted& one);
  Result<void> take_unproved(const Noted& one, const RebuildObjects::Content& content);
  Result<void> take_damaged(const Noted& one);
  Result<std::optional<RebuildObjects::Content>> copy_from_anyone(const Noted& one);
  Result<void> commit(const RemotePath& path, TimeNs mtime, const RebuildObjects::Content& content, bool is_fresh);
  Result<Fd> open_folder(const std::string& path);
  Result<void> end_transaction();
  [[nodiscard]] std::string shown(const RemotePath& path) const;

  FileLayer& files_;
  const DataDirectory& directory_;
  WriteContext& context_;
  RebuildObjects& objects_;
  const RebuildOptions& options_;
  RebuildUnread unread_;
  Source source_;
  StagedBytes staged_;
  RebuildReport report_;
  std::string user_;  // that is being taken
  Fd root_;
  Actor actor_;
  DeviceId device_{};
  std::uint64_t first_number_ = 0;  // of versions and changes
  int changes_ = 0;                 // in the open transaction
};

}  // namespace ndisk::storage
