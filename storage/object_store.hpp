// ObjectStore: content on disk. One immutable file an object, DATA/objects/ab/SHA256.ID, mode 0444; the id is never
// used twice, so a name is never written again.
//
// A file here proves nothing: only a catalog row does. New objects are written by their callers' threads and become
// durable in groups (persist). Thread-safe, but for persist(): one thread at a time. No state but descriptors, and how
// many syncs failed.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <mutex>
#include <span>

#include "common/digest.hpp"
#include "storage/data_directory.hpp"
#include "storage/object_hold.hpp"
#include "storage/small_file_turns.hpp"
#include "storage/table_objects.hpp"

namespace ndisk::storage {

// Of syncs that others' files were waiting for, too. What a disk can't write it says once: then it counts as written.
struct FailedSyncs {
  std::uint64_t of_file_system = 0;
  std::uint64_t of_folders = 0;
};

// An object's file that no row knows yet. Whoever holds it removes the file if it is not taken up in the end.
struct NewObject {
  std::int64_t id = 0;
  Digest sha256{};
  std::uint64_t size = 0;
  TimeNs disk_mtime = 0;
  FailedSyncs begun_after;
  SmallFileTurns::Turn turn;  // as long as the file is open, if it takes one
  Fd file;                    // open until durable
  bool durable = false;       // content and name
  bool taken_up = false;      // a row was made for it

  void close() noexcept {
    file.reset();
    turn.reset();
  }
};

// A complete, staged file that becomes an object.
struct StagedContent {
  int file = -1;    // open for writing
  int folder = -1;  // where its name is
  std::string name;
  std::uint64_t size = 0;  // what counts of it
};

class ObjectStore {
 public:
  ObjectStore(FileLayer& files, const DataDirectory& directory);

  // Writes a small object under its final name; not durable yet.
  [[nodiscard]] Result<NewObject> write(std::int64_t id, const Digest& sha256, ByteView content, TimeNs mtime);
  // Makes staged content durable and links it under its final name, durably. The staged name stays: it is what a
  // crash before the commit resumes from.
  [[nodiscard]] Result<NewObject> adopt(std::int64_t id, const Digest& sha256, const StagedContent& staged,
                                        TimeNs mtime);
  static constexpr std::size_t kSyncAllFrom = 16;  // files of a group
  // Makes a group durable: contents, then names. After a failure nothing of the group may be believed. `quiet` says
  // that little else is dirty on this file system, so that one sync of all of it is cheap. Objects that were begun
  // before an earlier sync failed may be what that one could not write: they are asked for one by one.
  [[nodiscard]] Result<void> persist(std::span<NewObject* const> group, bool quiet);

  struct Opened {
    Fd file;
    TimeNs disk_mtime = 0;
  };
  // The object's file, checked against the row: kIntegrity if it is missing or not what was recorded, any other error
  // if that could not be found out. Where only the mtime is another (a restored backup), the whole file is read once;
  // if its digest is right, the mtime of the answer is to be recorded.
  [[nodiscard]] Result<Opened> open(const ObjectRow& row);
  // The same without opening it, unless the mtime is another; returns the mtime.
  [[nodiscard]] Result<TimeNs> check(const ObjectRow& row);
  // What is on disk, compared with the row and without reading any content.
  enum class Seen : std::uint8_t { kSame, kTouched, kChanged, kMissing };  // kTouched: only the mtime is another
  struct Look {
    Seen seen = Seen::kSame;
    std::uint32_t mode = 0;
    TimeNs disk_mtime = 0;
  };
  [[nodiscard]] Result<Look> look(const ObjectRow& row);
  // For reading, whatever is in it. kIntegrity: it is missing, or no file.
  [[nodiscard]] Result<Fd> open_raw(const ObjectRow& row);
  // Reads all of it from the disk, if need be twice. False: it is missing, or its bytes are others. kIo: the disk can't
  // read it; kShuttingDown once `stop` is set.
  [[nodiscard]] Result<bool> is_whole(const ObjectRow& row, const std::atomic<bool>& stop);
  static constexpr mode_t kMode = 0444;
  // True also if that can't be found out.
  [[nodiscard]] bool may_exist(std::int64_t id, const Digest& sha256);
  // A file that is gone already is fine.
  [[nodiscard]] Result<void> remove(std::int64_t id, const Digest& sha256);
  // Makes durable which names are in the folder of this content's objects. None if there is no such folder.
  [[nodiscard]] Result<void> sync_folder_of(const Digest& sha256);

  struct Found {
    std::int64_t id = 0;
    Digest sha256{};
  };
  // Calls `visit` with every name in objects/ that is an object's, until it returns false.
  [[nodiscard]] Result<void> visit(const std::function<bool(const Found&)>& visit);
  // The same of the one folder of digests that begin with this byte.
  [[nodiscard]] Result<void> visit_folder(unsigned first_byte, const std::function<bool(const Found&)>& visit);

  // Against freeing, whoever does it: see ObjectHold.
  [[nodiscard]] Result<std::optional<ObjectHold>> try_hold() { return ObjectHold::try_take(files_, folder_); }

  // Relative to folder(): "ab/SHA256.ID".
  [[nodiscard]] static std::string name(std::int64_t id, const Digest& sha256);
  // Where that is below the data directory, as people are told of it.
  [[nodiscard]] static std::string shown_path(std::int64_t id, const Digest& sha256) {
    return "objects/" + name(id, sha256);
  }
  [[nodiscard]] int folder() const { return folder_; }
  [[nodiscard]] Result<std::uint64_t> free_bytes();

 private:
  Result<NewObject> describe(std::int64_t id, const Digest& sha256, int file, TimeNs mtime);
  Result<void> sync_each(std::span<NewObject* const> group);
  Result<void> sync_all();
  [[nodiscard]] FailedSyncs failed_syncs() const { return {failed_of_file_system_, failed_of_folders_}; }
  Result<bool> has_digest(int file, const Digest& sha256, const std::atomic<bool>* stop = nullptr);
  Result<Fd> open_folder(const std::string& name);
  // Of the objects whose digests begin with this byte.
  Result<void> sync_folder(std::uint8_t first_byte, int folder);

  FileLayer& files_;
  const int folder_;
  const bool reliable_syncfs_;
  std::atomic<std::uint64_t> failed_of_file_system_ = 0;
  std::atomic<std::uint64_t> failed_of_folders_ = 0;
  // Held while a folder is synced and a failure is counted: who syncs it next, and is not told any more, finds the
  // count.
  std::array<std::mutex, 256> folder_syncs_;
};

}  // namespace ndisk::storage
