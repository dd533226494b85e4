#include "client/transfer/source_path.hpp"

#include <cerrno>

#include "common/beneath.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

constexpr int kToRead = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
constexpr int kOnTheWay = O_PATH | O_DIRECTORY | O_CLOEXEC;

// Where what is not followed begins; npos: all is.
std::size_t begin_of_below(const std::string& path, std::size_t followed) {
  return followed < path.size() ? path.find_first_not_of('/', followed) : path.npos;
}

int open_above(const std::string& path, std::size_t below) {
  return ::open(below == 0 ? "." : path.substr(0, below).c_str(), kOnTheWay);
}

std::unexpected<Error> fail_path(int error, std::string_view verb, const std::string& path, std::size_t followed) {
  if (error != ELOOP || followed >= path.size()) return fail_errno(error, verb, shown_name(path));
  return fail(ErrorCode::kConflict,
              shown_name(path) + ": became a symbolic link, or is behind one, since it was found; put it again");
}

}  // namespace

Result<FileDescriptor> open_source(const std::string& path, std::size_t followed) {
  const auto below = begin_of_below(path, followed);
  FileDescriptor file;
  if (below == path.npos) {
    file = FileDescriptor(::open(path.c_str(), kToRead));
  } else if (const FileDescriptor above(open_above(path, below)); above) {
    file = FileDescriptor(open_beneath(above.get(), path.substr(below), kToRead));
  }
  if (!file) return fail_path(errno, "reading", path, followed);
  return file;
}

Result<SourcePlace> SourcePlace::find(const std::string& path, std::size_t followed, std::string_view verb) {
  const auto below = begin_of_below(path, followed);
  if (below == path.npos) return SourcePlace({}, path);
  const auto slash = path.find_last_of('/');
  FileDescriptor folder(open_above(path, below));
  if (folder && slash != path.npos && slash > below) {
    folder = FileDescriptor(open_beneath(folder.get(), path.substr(below, slash - below), kOnTheWay));
  }
  if (!folder) return fail_path(errno, verb, path, followed);
  return SourcePlace(std::move(folder), slash == path.npos ? path : path.substr(slash + 1));
}

}  // namespace ndisk::client
