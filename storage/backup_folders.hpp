// Folders of a data directory that are the front end's own (its keys), brought into a backup. One thread at a time.
#pragma once

#include "storage/backup_place.hpp"

namespace ndisk::storage {

// Copies the files of DATA/name, at most 64 KiB each; it appears in the backup whole and durable. A folder that does
// not exist is left out. kConflict: the backup has one that differs. Whoever replaced a key has to say what becomes of
// the old one.
[[nodiscard]] Result<void> back_up_folder(FileLayer& files, const BackupSource& source, const BackupPlace& place,
                                          const std::string& name);

}  // namespace ndisk::storage
