#include "common/error.hpp"

#include <cerrno>
#include <set>

#include "tests/catch.hpp"

namespace ndisk {
namespace {

constexpr ErrorCode kAll[] = {
    ErrorCode::kInternal,     ErrorCode::kInvalid,   ErrorCode::kNotFound,  ErrorCode::kNotAllowed,
    ErrorCode::kIdentity,     ErrorCode::kConflict,  ErrorCode::kIntegrity, ErrorCode::kNoSpace,
    ErrorCode::kNetwork,      ErrorCode::kDeadline,  ErrorCode::kProtocol,  ErrorCode::kUnsupportedVersion,
    ErrorCode::kIsFolder,     ErrorCode::kNotFolder, ErrorCode::kCancelled, ErrorCode::kBusy,
    ErrorCode::kShuttingDown, ErrorCode::kIo,        ErrorCode::kSomeFailed};

TEST_CASE("error: every code has the exit code of its kind") {
  const std::pair<ErrorCode, int> expected[] = {
      {ErrorCode::kInternal, 1},   {ErrorCode::kProtocol, 1}, {ErrorCode::kUnsupportedVersion, 1},
      {ErrorCode::kIo, 1},         {ErrorCode::kInvalid, 2},  {ErrorCode::kIsFolder, 2},
      {ErrorCode::kNotFolder, 2},  {ErrorCode::kNotFound, 3}, {ErrorCode::kNotAllowed, 4},
      {ErrorCode::kIdentity, 5},   {ErrorCode::kConflict, 6}, {ErrorCode::kSomeFailed, 7},
      {ErrorCode::kIntegrity, 8},  {ErrorCode::kNoSpace, 9},  {ErrorCode::kNetwork, 10},
      {ErrorCode::kDeadline, 10},  {ErrorCode::kBusy, 10},    {ErrorCode::kShuttingDown, 10},
      {ErrorCode::kCancelled, 130}};
  CHECK(std::size(expected) == std::size(kAll));
  for (const auto& [code, exit] : expected) {
    CAPTURE(error_name(code));
    CHECK(exit_code(code) == exit);
  }
}

TEST_CASE("error: every code has a name of its own") {
  std::set<std::string_view> names;
  for (auto code : kAll) names.insert(error_name(code));
  CHECK(names.size() == std::size(kAll));
  CHECK(error_name(ErrorCode::kNotFound) == "not_found");
}

TEST_CASE("error: an errno becomes the code that a person can act on") {
  const std::pair<int, ErrorCode> expected[] = {
      {EACCES, ErrorCode::kNotAllowed},    {EPERM, ErrorCode::kNotAllowed},    {EROFS, ErrorCode::kNotAllowed},
      {ENOENT, ErrorCode::kNotFound},      {ENOSPC, ErrorCode::kNoSpace},      {EDQUOT, ErrorCode::kNoSpace},
      {EFBIG, ErrorCode::kNoSpace},        {EISDIR, ErrorCode::kIsFolder},     {ENOTDIR, ErrorCode::kNotFolder},
      {ENAMETOOLONG, ErrorCode::kInvalid}, {ELOOP, ErrorCode::kInvalid},       {EADDRNOTAVAIL, ErrorCode::kInvalid},
      {EEXIST, ErrorCode::kConflict},      {EADDRINUSE, ErrorCode::kConflict}, {EIO, ErrorCode::kIo},
      {EBADF, ErrorCode::kInternal}};
  for (const auto& [number, code] : expected) {
    CAPTURE(number);
    const auto error = fail_errno(number, "opening", "a.txt").error();
    CHECK(error.code == code);
    CHECK_FALSE(error.retryable);
  }
}

TEST_CASE("error: what passes by itself is worth another try") {
  const std::pair<int, ErrorCode> expected[] = {
      {EMFILE, ErrorCode::kBusy},          {ENFILE, ErrorCode::kBusy},         {EAGAIN, ErrorCode::kBusy},
      {ECONNREFUSED, ErrorCode::kNetwork}, {ECONNRESET, ErrorCode::kNetwork},  {ECONNABORTED, ErrorCode::kNetwork},
      {EPIPE, ErrorCode::kNetwork},        {ENETUNREACH, ErrorCode::kNetwork}, {EHOSTUNREACH, ErrorCode::kNetwork},
      {ENETDOWN, ErrorCode::kNetwork},     {ETIMEDOUT, ErrorCode::kDeadline}};
  for (const auto& [number, code] : expected) {
    CAPTURE(number);
    const auto error = fail_errno(number, "connecting to", "nas").error();
    CHECK(error.code == code);
    CHECK(error.retryable);
  }
}

TEST_CASE("error: a message says what was tried, on what, and why it failed") {
  CHECK(fail_errno(ENOENT, "opening", "a.txt").error().message == "opening a.txt: No such file or directory");
}

TEST_CASE("error: context goes in front and changes nothing else") {
  const auto error = fail_with_context("photos/a.jpg", Error{ErrorCode::kBusy, "too many", true}).error();
  CHECK(error.message == "photos/a.jpg: too many");
  CHECK(error.code == ErrorCode::kBusy);
  CHECK(error.retryable);
}

}  // namespace
}  // namespace ndisk
