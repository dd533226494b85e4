#include "client/upload/folder_names.hpp"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "client/file_descriptor.hpp"

namespace ndisk::client {

Result<FolderNames> FolderNames::read(int folder, std::string_view shown) {
  struct CloseFolder {
    void operator()(DIR* open) const { ::closedir(open); }
  };
  const int copy = ::fcntl(folder, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) return fail_errno(errno, "reading the folder", shown);
  const std::unique_ptr<DIR, CloseFolder> open(::fdopendir(copy));
  if (!open) {
    const auto failed = fail_errno(errno, "reading the folder", shown);
    const FileDescriptor closed(copy);
    return failed;
  }
  FolderNames folder_names;
  for (;;) {
    errno = 0;
    const auto* entry = ::readdir(open.get());
    if (entry == nullptr && errno != 0) return fail_errno(errno, "reading the folder", shown);
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    folder_names.starts_.push_back(folder_names.names_.size());
    folder_names.names_.append(name).push_back('\0');
  }
  const char* names = folder_names.names_.data();
  std::ranges::sort(folder_names.starts_, {}, [names](std::size_t start) { return std::string_view(names + start); });
  return folder_names;
}

bool FolderNames::holds(std::string_view name) const {
  const char* names = names_.data();
  return std::ranges::binary_search(starts_, name, {},
                                    [names](std::size_t start) { return std::string_view(names + start); });
}

}  // namespace ndisk::client
