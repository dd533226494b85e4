// RebuildObjects: the content that a rebuild finds in objects/ and elsewhere, and what becomes of it.
//
// What was found is kept in tables of the catalog that is being made, so memory is bounded; finish() drops them. One
// thread at a time; all must outlive it.
#pragma once

#include <optional>

#include "storage/object_store.hpp"
#include "storage/quarantine_folder.hpp"

namespace ndisk::storage {

class RebuildObjects {
 public:
  RebuildObjects(FileLayer& files, const DataDirectory& directory, Database& database);

  // Notes every object's file.
  [[nodiscard]] Result<void> look();

  struct Content {
    std::int64_t id = 0;
    Digest sha256{};
    std::uint64_t size = 0;
    TimeNs disk_mtime = 0;
    std::int64_t user = 0;       // whose it is by now; 0: nobody's
    std::string damage{};        // not empty: it is not what its name says, or can't be read
    bool is_unreadable = false;  // can't be read: nobody knows what it is
  };
  // The object that this file of the tree is a link to, its digest compared; nothing if it is none's. It is compared
  // once: all that lead to it are told the same, whatever the disk would say the next time.
  [[nodiscard]] Result<std::optional<Content>> find(const FileStatus& file);
  // The name in quarantine/ of the object that this file of the tree is a link to, and the digest that it was stored
  // with, if its content, which has this digest, is another: an interrupted rebuild put it there.
  struct PutAside {
    std::string name;
    Digest sha256{};
  };
  [[nodiscard]] std::optional<PutAside> find_put_aside(const FileStatus& file, const Digest& sha256);
  // Of one that find() found unreadable, once it was called for all others; read again if it is nobody's yet.
  [[nodiscard]] Result<std::optional<Content>> find_again(std::uint64_t inode);
  [[nodiscard]] bool is_unreadable(std::int64_t id);
  // Of any file's content. kIntegrity: it can't be opened or read, and that says nothing of others.
  [[nodiscard]] Result<Digest> digest_at(int folder, const std::string& name);
  // One that is nobody's yet and has this content, its digest compared; nothing if there is none.
  [[nodiscard]] Result<std::optional<Content>> find_same(const Digest& sha256);
  // It belongs to this user from now on.
  void take(std::int64_t id, std::int64_t user);

  // A file that is no object's link: its content is copied aside, and named by keep() or dropped by the next one.
  // kIntegrity as above. The same of an object.
  [[nodiscard]] Result<Content> copy_aside(int folder, const std::string& name, TimeNs mtime);
  [[nodiscard]] Result<void> keep(const Content& content);

  // Moves a file into the quarantine, durably; returns its name there. `folder` is open for reading.
  [[nodiscard]] Result<std::string> put_aside(int folder, const std::string& name);
  // Marks what was taken and is unreadable, moves what nobody took into the quarantine, and makes all names durable.
  // Returns how many nobody took.
  [[nodiscard]] Result<std::uint64_t> finish();

 private:
  Result<void> note(const ObjectStore::Found& found);
  Result<void> note_put_aside();
  std::optional<Content> load(std::uint64_t inode, int& state);
  Result<void> compare(std::uint64_t inode, Content& content);
  Result<void> sync_names();

  FileLayer& files_;
  const DataDirectory& directory_;
  Database& database_;
  ObjectStore store_;
  std::uint64_t device_ = 0;
  std::int64_t next_id_ = 1;
  QuarantineFolder quarantine_;
};

}  // namespace ndisk::storage
