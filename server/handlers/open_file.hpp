// Opening what a stream reads, in its turn. The session's I/O thread.
#pragma once

#include <memory>

#include "server/handlers/handlers.hpp"
#include "storage/drive.hpp"

namespace ndisk::server {

// While it lives, its session has one turn less, and its user one file less.
struct OpenFile {
  net::ByteBudget::Share turn;
  OpenFiles::Share share;
  std::unique_ptr<storage::FileReader> reader;
};

// A turn without a reader: waits until the session has one, so that it has few files open however many it asked for; in
// the order of the calls. kCancelled: the stream is over, told at once; kBusy, retryable: the user has as many open as
// it may.
net::Task<Result<OpenFile>> take_open_turn(Request& request);

// The same, and the file that it is for. Else as Drive::open_file().
net::Task<Result<OpenFile>> open_in_turn(Request& request, const storage::OpenTarget& target);

}  // namespace ndisk::server
