#include "common/error.hpp"

#include <cerrno>
#include <cstring>
#include <new>

namespace ndisk {
namespace {

struct ErrnoMapping {
  int number;
  ErrorCode code;
  bool retryable;
};

constexpr ErrnoMapping kErrnoMappings[] = {
    {EACCES, ErrorCode::kNotAllowed, false},
    {EPERM, ErrorCode::kNotAllowed, false},
    {EROFS, ErrorCode::kNotAllowed, false},
    {ENOENT, ErrorCode::kNotFound, false},
    {ENOSPC, ErrorCode::kNoSpace, false},
    {EDQUOT, ErrorCode::kNoSpace, false},
    {EFBIG, ErrorCode::kNoSpace, false},
    {EISDIR, ErrorCode::kIsFolder, false},
    {ENOTDIR, ErrorCode::kNotFolder, false},
    {ENAMETOOLONG, ErrorCode::kInvalid, false},
    {ELOOP, ErrorCode::kInvalid, false},
    {EEXIST, ErrorCode::kConflict, false},
    {EIO, ErrorCode::kIo, false},
    // A file system's own checksums or structures are wrong.
    {EBADMSG, ErrorCode::kIo, false},
    {EUCLEAN, ErrorCode::kIo, false},
    {EMFILE, ErrorCode::kBusy, true},
    {ENFILE, ErrorCode::kBusy, true},
    {ENOMEM, ErrorCode::kBusy, true},
    // No room in a queue: so many others wait at a Unix socket.
    {EAGAIN, ErrorCode::kBusy, true},
    {ECONNREFUSED, ErrorCode::kNetwork, true},
    {ECONNRESET, ErrorCode::kNetwork, true},
    {ECONNABORTED, ErrorCode::kNetwork, true},
    {EPIPE, ErrorCode::kNetwork, true},
    {ENETUNREACH, ErrorCode::kNetwork, true},
    {EHOSTUNREACH, ErrorCode::kNetwork, true},
    {ENETDOWN, ErrorCode::kNetwork, true},
    {ETIMEDOUT, ErrorCode::kDeadline, true},
    {EADDRINUSE, ErrorCode::kConflict, false},
    {EADDRNOTAVAIL, ErrorCode::kInvalid, false},
};

}  // namespace

std::unexpected<Error> fail_with_context(std::string_view context, Error error) {
  error.message = std::string(context) + ": " + error.message;
  return std::unexpected<Error>(std::move(error));
}

std::unexpected<Error> fail_errno(int error_number, std::string_view verb, std::string_view thing) {
  std::string message(verb);
  message.append(" ").append(thing).append(": ").append(std::strerror(error_number));
  for (const auto& mapping : kErrnoMappings) {
    if (mapping.number == error_number) return fail(mapping.code, std::move(message), mapping.retryable);
  }
  return fail(ErrorCode::kInternal, std::move(message));
}

Error out_of_memory() noexcept {
  Error error{ErrorCode::kBusy, {}, true};
  try {
    error.message = "there is no memory for this at the moment: try again";
  } catch (const std::bad_alloc&) {
    error.message = "out of memory";  // so short that it takes none
  }
  return error;
}

int exit_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInternal:
    case ErrorCode::kProtocol:
    case ErrorCode::kUnsupportedVersion:
    case ErrorCode::kIo: return 1;
    case ErrorCode::kInvalid:
    case ErrorCode::kIsFolder:
    case ErrorCode::kNotFolder: return 2;
    case ErrorCode::kNotFound: return 3;
    case ErrorCode::kNotAllowed: return 4;
    case ErrorCode::kIdentity: return 5;
    case ErrorCode::kConflict: return 6;
    case ErrorCode::kSomeFailed: return 7;
    case ErrorCode::kIntegrity: return 8;
    case ErrorCode::kNoSpace: return 9;
    case ErrorCode::kNetwork:
    case ErrorCode::kDeadline:
    case ErrorCode::kBusy:
    case ErrorCode::kShuttingDown: return 10;
    case ErrorCode::kCancelled: return 130;
  }
  return 1;
}

std::string_view error_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInternal: return "internal";
    case ErrorCode::kInvalid: return "invalid";
    case ErrorCode::kNotFound: return "not_found";
    case ErrorCode::kNotAllowed: return "not_allowed";
    case ErrorCode::kIdentity: return "identity";
    case ErrorCode::kConflict: return "conflict";
    case ErrorCode::kIntegrity: return "integrity";
    case ErrorCode::kNoSpace: return "no_space";
    case ErrorCode::kNetwork: return "network";
    case ErrorCode::kDeadline: return "deadline";
    case ErrorCode::kProtocol: return "protocol";
    case ErrorCode::kUnsupportedVersion: return "unsupported_version";
    case ErrorCode::kIsFolder: return "is_folder";
    case ErrorCode::kNotFolder: return "not_folder";
    case ErrorCode::kCancelled: return "cancelled";
    case ErrorCode::kBusy: return "busy";
    case ErrorCode::kShuttingDown: return "shutting_down";
    case ErrorCode::kIo: return "io";
    case ErrorCode::kSomeFailed: return "some_failed";
  }
  return "internal";
}

}  // namespace ndisk
