// BackupObjects: brings the content that a snapshot names into the place of a backup, by hard link or by copy.
//
// No file gets its final name before its content is on stable storage, so what has one is whole. The names themselves
// are the caller's to make durable (BackupPlace::sync_names). One thread at a time; all must outlive it.
#pragma once

#include <vector>

#include "storage/backup.hpp"
#include "storage/backup_place.hpp"
#include "storage/object_store.hpp"

namespace ndisk::storage {

class BackupObjects {
 public:
  BackupObjects(FileLayer& files, const BackupSource& source, const BackupPlace& place, const BackUpOptions& options);

  // Damage is no error: it is noted, and the answer is false. After an error of the disk the backup can't be finished.
  // True of an object that was found damaged: the backup has what was stored.
  [[nodiscard]] Result<bool> bring(const ObjectRow& row);
  // What was copied and waits for the others of its group gets its name.
  [[nodiscard]] Result<void> settle();
  // Forgets the damage that was noted: verify() comes upon it again.
  void begin_verify();
  // Reads what the backup has of it. What is not right is made anew from the drive, once.
  [[nodiscard]] Result<void> verify(const ObjectRow& row);

  struct Damaged {
    std::int64_t id = 0;
    std::string cause;
  };
  // Of the first kMaxNamed; report().damaged counts all.
  [[nodiscard]] const std::vector<std::pair<std::int64_t, DamagedContent>>& damaged() const { return damaged_; }
  [[nodiscard]] const BackUpReport& report() const { return report_; }

  static constexpr std::size_t kMaxNamed = 10'000;

 private:
  struct Copied {
    std::string name;  // below objects/; the file waits in the folder of what comes in, under its last part
    Fd file;
  };

  Result<bool> has(const ObjectRow& row);
  Result<void> bring_missing(const ObjectRow& row);
  Result<bool> link(const ObjectRow& row);
  Result<void> copy(const ObjectRow& row);
  Result<bool> copy_bytes(const ObjectRow& row, int from, int to);
  Result<bool> is_right(const ObjectRow& row);
  void note_damage(const ObjectRow& row, const std::string& cause);

  FileLayer& files_;
  const BackUpOptions& options_;
  const BackupPlace& place_;
  const int source_folder_;
  const int folder_;
  ObjectStore source_;
  const bool reliable_syncfs_;
  bool can_link_;
  std::vector<Copied> waiting_;
  std::uint64_t waiting_bytes_ = 0;
  std::vector<std::pair<std::int64_t, DamagedContent>> damaged_;
  BackUpReport report_;
};

}  // namespace ndisk::storage
