#include "storage/backup_folders.hpp"

#include <cerrno>
#include <map>

#include "common/shown_name.hpp"
#include "storage/large_buffer.hpp"

namespace ndisk::storage {
namespace {

constexpr std::size_t kMaxFileBytes = 64 * 1024;
constexpr std::size_t kMaxFiles = 64;

using SmallFiles = std::map<std::string, Bytes>;

Result<Bytes> read_small(FileLayer& files, int folder, const std::string& name, const std::string& shown) {
  auto file = files.open(folder, name, O_RDONLY | O_NONBLOCK);
  if (!file) return fail_disk(file.error(), "open", shown);
  auto bytes = make_buffer(kMaxFileBytes + 1);
  if (!bytes) return fail_disk(bytes.error(), "read", shown);
  const auto count = files.read_at(file->get(), *bytes, 0);
  if (!count) return fail_disk(count.error(), "read", shown);
  if (*count > kMaxFileBytes) return fail(ErrorCode::kInvalid, shown + ": larger than a file of the server's own is");
  bytes->resize(*count);
  return std::move(*bytes);
}

// Nothing: there is no such folder.
Result<std::optional<SmallFiles>> read_folder(FileLayer& files, const DataDirectory& directory,
                                              const std::string& name) {
  const auto path = directory.path + "/" + name;
  auto folder = files.open(directory.root.get(), name, O_RDONLY | O_DIRECTORY);
  if (!folder && folder.error().number == ENOENT) return std::nullopt;
  if (!folder) return fail_disk(folder.error(), "open", path);
  std::vector<std::string> names;
  const auto visited = files.visit_names(folder->get(), [&](const std::string& one) {
    names.push_back(one);
    return names.size() <= kMaxFiles;
  });
  if (!visited) return fail_disk(visited.error(), "read", path);
  if (names.size() > kMaxFiles) return fail(ErrorCode::kInvalid, path + ": has more files than the server made");
  SmallFiles all;
  for (const auto& one : names) {
    auto bytes = read_small(files, folder->get(), one, path + "/" + shown_name(one));
    if (!bytes) return std::unexpected(std::move(bytes.error()));
    all[one] = std::move(*bytes);
  }
  return all;
}

Result<void> write_small(FileLayer& files, int folder, const std::string& name, const Bytes& bytes,
                         const std::string& shown) {
  auto file = files.open(folder, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (!file) return fail_disk(file.error(), "make", shown);
  if (auto written = files.write_at(file->get(), bytes, 0); !written) return fail_disk(written.error(), "write", shown);
  if (auto synced = files.sync(file->get()); !synced) return fail_disk(synced.error(), "sync", shown);
  return {};
}

}  // namespace

Result<void> back_up_folder(FileLayer& files, const BackupSource& source, const BackupPlace& place,
                            const std::string& name) {
  const auto wanted = read_folder(files, source.directory, name);
  if (!wanted) return std::unexpected(wanted.error());
  if (!*wanted) return {};
  const auto there = read_folder(files, place.directory(), name);
  if (!there) return std::unexpected(there.error());
  if (*there == *wanted) return {};
  if (*there) {
    return fail(ErrorCode::kConflict, place.path_of(name) + " is not that of the drive any more, whose was replaced; " +
                                          "move it away, or choose another folder for the backup");
  }
  const auto unfinished = name + ".new";
  const auto path = place.path_of(unfinished);
  const int root = place.directory().root.get();
  const auto made = files.make_folder(root, unfinished, 0700);
  if (!made && made.error().number != EEXIST) return fail_disk(made.error(), "make", path);
  auto folder = files.open(root, unfinished, O_RDONLY | O_DIRECTORY);
  if (!folder) return fail_disk(folder.error(), "open", path);
  for (const auto& [file, bytes] : **wanted) {
    if (auto written = write_small(files, folder->get(), file, bytes, path + "/" + shown_name(file)); !written) {
      return written;
    }
  }
  if (auto synced = files.sync(folder->get()); !synced) return fail_disk(synced.error(), "sync", path);
  if (auto renamed = files.rename(root, unfinished, root, name); !renamed) {
    return fail_disk(renamed.error(), "rename", path);
  }
  return {};
}

}  // namespace ndisk::storage
