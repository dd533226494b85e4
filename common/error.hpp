// Expected failures as values.
//
// Every operation that can fail for a reason outside this program returns Result<T>. An Error carries one
// code, which maps to a wire code (docs/protocol.md) and to a process exit code (exit_code), and a message for
// a person that names the thing, the cause and what to do. Values; any thread.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace ndisk {

// The numbers are the wire's (ErrorCode in ndisk.proto): never change or reuse one.
enum class ErrorCode : std::uint16_t {
  kInternal = 1,             // a fault of this program or its machine that no other code names
  kInvalid = 2,              // a request or a path that can't be
  kNotFound = 3,             // no such file, folder, version, upload
  kNotAllowed = 4,           // not enrolled, used invite, unknown device, no permission
  kIdentity = 5,             // the server's key is not the pinned one
  kConflict = 6,             // fenced by a newer session, precondition failed, source kept changing, in use
  kIntegrity = 8,            // bytes do not match their digest
  kNoSpace = 9,              // disk full or over quota
  kNetwork = 10,             // connection refused, cut or lost
  kDeadline = 11,            // the other side did not answer in time
  kProtocol = 12,            // a frame or message broke the protocol
  kUnsupportedVersion = 13,  // no protocol version, data format or feature in common
  kIsFolder = 14,            // a folder where a file is needed
  kNotFolder = 15,           // a file where a folder is needed
  kCancelled = 16,           // the peer or the user cancelled the operation
  kBusy = 17,                // a limit is reached for the moment, or there is no memory
  kShuttingDown = 18,        // the server is stopping
  kIo = 19,                  // the disk failed (EIO)
  kSomeFailed = 20,          // some of several operations failed (client only, never on the wire)
};

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
  // True if the same request may succeed later, on this or a new connection.
  bool retryable = false;
};

template <class T = void>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(ErrorCode code, std::string message, bool retryable = false) {
  return std::unexpected<Error>(Error{code, std::move(message), retryable});
}

// Passes an error on, with words before it ("photos/a.jpg: <message>"). `context` is put in front with ": ".
[[nodiscard]] std::unexpected<Error> fail_with_context(std::string_view context, Error error);

// Maps an errno of a file operation on `thing` to an Error: EACCES, EPERM and EROFS to kNotAllowed, ENOENT to
// kNotFound, ENOSPC, EDQUOT and EFBIG to kNoSpace, EISDIR to kIsFolder, ENOTDIR to kNotFolder, ENAMETOOLONG, ELOOP and
// EADDRNOTAVAIL to kInvalid, EEXIST and EADDRINUSE to kConflict, EIO to kIo; retryable: EMFILE, ENFILE, ENOMEM
// and EAGAIN to kBusy, ETIMEDOUT to kDeadline, other connection errors to kNetwork. All else is kInternal. The message
// is "verb thing: cause".
[[nodiscard]] std::unexpected<Error> fail_errno(int error_number, std::string_view verb, std::string_view thing);

// Memory could not be had: kBusy, retryable.
[[nodiscard]] Error out_of_memory() noexcept;

// The exit code of a process that ends with this error (docs: README, "Exit codes"). 1 to 10, or 130 for kCancelled.
[[nodiscard]] int exit_code(ErrorCode code);

// A stable lower_snake_case word for JSON output and logs: "not_found".
[[nodiscard]] std::string_view error_name(ErrorCode code);

}  // namespace ndisk
