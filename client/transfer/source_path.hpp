// Where a local path leads while links are followed in its beginning only. Everything here blocks: not on the I/O
// thread. Any thread.
#pragma once

#include <fcntl.h>

#include <string>
#include <string_view>

#include "client/file_descriptor.hpp"
#include "common/error.hpp"

namespace ndisk::client {

// As many bytes of a path as links are followed in: all of what somebody named, or asked to be followed. What was found
// below it was no link when it was found, and is not followed if it became one.
inline constexpr std::size_t kFollowAll = std::string::npos;

// Opens a file to be read; never waits for the writer of a pipe. kConflict if it is a link, or behind one, beyond the
// first `followed` bytes of the path; else as fail_errno() says.
[[nodiscard]] Result<FileDescriptor> open_source(const std::string& path, std::size_t followed);

// The folder that the last name of a path is in, kept open: what is done to the name is done there, whatever becomes of
// the path.
class SourcePlace {
 public:
  // kConflict if the folder is a link, or behind one, beyond the first `followed` bytes. `verb` is for its errors.
  [[nodiscard]] static Result<SourcePlace> find(const std::string& path, std::size_t followed, std::string_view verb);

  // Both for calls like fstatat().
  [[nodiscard]] int folder() const { return folder_ ? folder_.get() : AT_FDCWD; }
  [[nodiscard]] const char* name() const { return name_.c_str(); }

 private:
  SourcePlace(FileDescriptor folder, std::string name) : folder_(std::move(folder)), name_(std::move(name)) {}

  FileDescriptor folder_;  // none: the name is the whole path
  std::string name_;
};

}  // namespace ndisk::client
