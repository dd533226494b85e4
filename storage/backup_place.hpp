// BackupPlace: the directory that a backup is written to, and the proof that it may be written there.
//
// It may be empty, or hold an earlier backup of the same drive, whole or not finished. A backup that was opened as a
// drive and changed is refused: it is the only copy of those changes. One thread at a time.
#pragma once

#include <string>
#include <vector>

#include "common/error.hpp"
#include "storage/data_directory.hpp"
#include "storage/sqlite.hpp"

namespace ndisk::storage {

// The data directory that is backed up, and its catalog's number: given once, by the first backup.
struct BackupSource {
  DataDirectory directory;  // root and objects are open; there is no lock on it
  std::int64_t drive_id = 0;
};

class BackupPlace {
 public:
  // Makes the directory (not its parents: a disk that is not mounted must not be taken for a place), 0700, and locks
  // it. Errors as those of back_up().
  [[nodiscard]] static Result<BackupPlace> open(FileLayer& files, const std::string& path, const BackupSource& source,
                                                const std::string& sqlite_vfs);

  [[nodiscard]] const DataDirectory& directory() const { return directory_; }
  // Where files are written before they get their names.
  [[nodiscard]] int incoming() const { return incoming_.get(); }
  [[nodiscard]] std::string path_of(const std::string& name) const { return directory_.path + "/" + name; }

  // Everything that was added has its name on stable storage.
  [[nodiscard]] Result<void> sync_names(FileLayer& files);
  // The snapshot of that name becomes the catalog, durably.
  [[nodiscard]] Result<void> take_catalog(FileLayer& files, const std::string& snapshot);

 private:
  Result<void> check_content(FileLayer& files, const BackupSource& source, const std::string& sqlite_vfs);
  Result<void> check_catalog(FileLayer& files, std::int64_t drive_id, const std::string& sqlite_vfs) const;
  Result<void> mark_begun(FileLayer& files, std::int64_t drive_id);
  Result<void> make_folders(FileLayer& files);

  DataDirectory directory_;
  Fd incoming_;
  bool is_marked_ = false;  // has the mark of a first backup that is not finished
  bool is_empty_ = false;
};

}  // namespace ndisk::storage
