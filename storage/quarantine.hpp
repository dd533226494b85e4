// What becomes of an object whose content is not what was recorded: it is marked, so that it is never served and never
// referred to again, until its content is found whole; and its file can be put aside into DATA/quarantine. Thread-safe;
// functions wait for the catalog's writer, so they are never to be called on its thread.
#pragma once

#include "storage/commit_queue.hpp"
#include "storage/data_directory.hpp"

namespace ndisk::storage {

// Unless the collector has it by now. Logged.
[[nodiscard]] Result<void> put_in_quarantine(CommitQueue& queue, const ObjectRow& object);
// The disk could not read it, and may the next time: it is served as well as it can be, and content that comes again
// takes its place. Unless it is not healthy any more. Logged.
[[nodiscard]] Result<void> note_unreadable(CommitQueue& queue, const ObjectRow& object);
// Its content was read and is right, and this is its file's mtime: it is healthy again. Unless its row has another mark
// by now than `object` has.
[[nodiscard]] Result<void> take_out_of_quarantine(CommitQueue& queue, const ObjectRow& object, TimeNs disk_mtime);
// Of an object that is right; nothing happens if that is recorded already.
[[nodiscard]] Result<void> note_mtime(CommitQueue& queue, const ObjectRow& object, TimeNs disk_mtime);

}  // namespace ndisk::storage
