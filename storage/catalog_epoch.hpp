// CatalogEpoch: tells whether the catalog in a data directory is the one that belongs there.
//
// Another one (of a backup, a copy, from before the log was lost) knows nothing of what came after it: the tree and the
// collector would take that for strangers and litter, and remove it. So each epoch has a random number, which stands in
// the catalog, with the one before it, and beside it in the name of an empty file, DATA/catalog-epoch.NUMBER. A new one
// begins at each start, at the orderly end, when the log was moved into the database file, and before a collection if
// anything changed. It is the first thing in the log, so that the database file alone, without the log, has the one
// before; and it is noted once it is committed, so that a crash in between is known by the one before, too.
//
// advance() and after_commit() are for the thread that writes to the catalog; the others for any. What it is given must
// outlive it.
#pragma once

#include <atomic>

#include "storage/data_directory.hpp"
#include "storage/numbered_name.hpp"
#include "storage/sqlite.hpp"

namespace ndisk::storage {

class CatalogEpoch {
 public:
  // The log is to have `log_pages`, if those who read let it: then it is moved, and a new epoch begins.
  CatalogEpoch(FileLayer& files, int root, std::string path, int log_pages);

  // Before anything opens the catalog to write: kIntegrity if it is another than belongs to the directory, or its log
  // is another's. Changes nothing. It may say so in vain while a server uses the directory.
  [[nodiscard]] static Result<void> check(FileLayer& files, const DataDirectory& directory, const std::string& vfs);
  // For a catalog without a log that is to belong to this directory from now on.
  [[nodiscard]] static Result<void> adopt(FileLayer& files, const DataDirectory& directory, Database& catalog);

  // Moves the log into the database file and begins a new epoch, durably in both; not if somebody who reads keeps a
  // part of the log from being moved. Outside of a transaction. An error costs no more than that older catalogs are
  // taken for the right one.
  [[nodiscard]] Result<void> advance(Database& writer);
  // After each commit: advances if it is time to.
  void after_commit(Database& writer) noexcept;
  // The next commit advances, unless nothing changed in this epoch.
  void end_soon() { is_wanted_ = true; }

 private:
  [[nodiscard]] Result<void> load();
  [[nodiscard]] Result<void> note(std::int64_t number);
  [[nodiscard]] Result<void> begin_first(Database& writer);
  [[nodiscard]] Result<void> begin_epoch(Database& writer, std::int64_t before);

  FileLayer& files_;
  const int root_;
  const std::string path_;
  const int log_pages_;
  NumberedName name_;
  bool is_loaded_ = false;
  bool is_durable_ = false;  // the name
  bool has_failed_ = false;  // and somebody was told
  std::atomic<bool> is_wanted_ = false;
  std::int64_t changes_ = 0;  // of the connection, when this epoch began
};

}  // namespace ndisk::storage
