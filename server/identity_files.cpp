#include "server/identity_files.hpp"

#include <spdlog/spdlog.h>

#include <cerrno>

namespace ndisk::server {
namespace {

using storage::fail_disk;
using storage::Fd;
using storage::FileLayer;
using storage::FileType;

constexpr std::uint64_t kMaxPemBytes = 64 * 1024;
constexpr mode_t kFolderMode = 0700;
constexpr mode_t kFileMode = 0600;
constexpr const char* kFolder = "tls";
constexpr const char* kUnfinished = "tls.new";
constexpr const char* kKey = "key.pem";
constexpr const char* kCertificate = "certificate.pem";

// A folder that is open, and what it is called.
struct Folder {
  FileLayer& files;
  Fd fd;
  std::string path;

  [[nodiscard]] std::string path_of(const char* name) const { return path + "/" + name; }
};

Result<Folder> open_folder(const Folder& parent, const char* name) {
  auto fd = parent.files.open(parent.fd.get(), name, O_RDONLY | O_DIRECTORY);
  if (!fd) return fail_disk(fd.error(), "opening", parent.path_of(name));
  return Folder{parent.files, std::move(*fd), parent.path_of(name)};
}

Result<void> sync_folder(const Folder& folder) {
  if (auto synced = folder.files.sync(folder.fd.get()); !synced) {
    return fail_disk(synced.error(), "syncing", folder.path);
  }
  return {};
}

// Neither a link nor a pipe that was planted under its name.
Result<std::uint64_t> check_file(FileLayer& files, int file, const std::string& path) {
  const auto status = files.status(file);
  if (!status) return fail_disk(status.error(), "looking at", path);
  if (status->type != FileType::kFile) {
    return fail(ErrorCode::kInvalid, path + " is no ordinary file; put it back from a copy");
  }
  if (status->size > kMaxPemBytes) return fail(ErrorCode::kInvalid, path + ": not a PEM file of this server");
  const auto mode = status->mode & 0777;
  if ((mode & 077) == 0) return status->size;
  if (auto set = files.set_mode(file, kFileMode); !set) return fail_disk(set.error(), "closing to others", path);
  spdlog::warn("closed to others file=\"{}\" mode_was={:04o}: whoever read it can pass for this server", path, mode);
  return status->size;
}

Result<std::string> read_file(const Folder& folder, const char* name) {
  const auto path = folder.path_of(name);
  const auto file = folder.files.open(folder.fd.get(), name, O_RDONLY);
  if (!file) return fail_disk(file.error(), "opening", path);
  const auto size = check_file(folder.files, file->get(), path);
  if (!size) return std::unexpected(size.error());
  Bytes bytes(static_cast<std::size_t>(*size));
  const auto count = folder.files.read_at(file->get(), bytes, 0);
  if (!count) return fail_disk(count.error(), "reading", path);
  return std::string(as_text(ByteView(bytes).first(*count)));
}

Result<void> write_synced(const Folder& folder, const char* name, const std::string& text) {
  const auto path = folder.path_of(name);
  const auto file = folder.files.open(folder.fd.get(), name, O_WRONLY | O_CREAT | O_EXCL, kFileMode);
  if (!file) return fail_disk(file.error(), "creating", path);
  if (auto written = folder.files.write_at(file->get(), as_bytes(text), 0); !written) {
    return fail_disk(written.error(), "writing", path);
  }
  if (auto synced = folder.files.sync(file->get()); !synced) return fail_disk(synced.error(), "syncing", path);
  return {};
}

// What a start that was cut short left. What can't be removed is in the way of the new folder, and said there.
void remove_unfinished(const Folder& root) {
  if (const auto folder = open_folder(root, kUnfinished)) {
    for (const char* name : {kKey, kCertificate}) (void)root.files.remove_file(folder->fd.get(), name);
  }
  (void)root.files.remove_folder(root.fd.get(), kUnfinished);
}

Result<void> fill(const Folder& folder, const net::ServerIdentity& identity) {
  auto done = write_synced(folder, kKey, identity.key_pem);
  if (done) done = write_synced(folder, kCertificate, identity.certificate_pem);
  if (done) done = sync_folder(folder);
  return done;
}

// Both files appear in a folder of another name, which is renamed when it is whole.
Result<net::ServerIdentity> make_identity(const Folder& root) {
  auto identity = net::make_server_identity();
  if (!identity) return identity;
  remove_unfinished(root);
  if (auto made = root.files.make_folder(root.fd.get(), kUnfinished, kFolderMode); !made) {
    return fail_disk(made.error(), "making", root.path_of(kUnfinished));
  }
  const auto folder = open_folder(root, kUnfinished);
  if (!folder) return std::unexpected(folder.error());
  if (auto filled = fill(*folder, *identity); !filled) return std::unexpected(filled.error());
  if (auto named = root.files.rename(root.fd.get(), kUnfinished, root.fd.get(), kFolder); !named) {
    return fail_disk(named.error(), "renaming to", root.path_of(kFolder));
  }
  if (auto synced = sync_folder(root); !synced) return std::unexpected(synced.error());
  return identity;
}

Result<net::ServerIdentity> read_identity(const Folder& root) {
  const auto folder = open_folder(root, kFolder);
  if (!folder) return std::unexpected(folder.error());
  auto key = read_file(*folder, kKey);
  if (!key) return std::unexpected(key.error());
  auto certificate = read_file(*folder, kCertificate);
  if (!certificate) return std::unexpected(certificate.error());
  // Who made it may have been stopped between the rename and its sync.
  if (auto synced = sync_folder(root); !synced) return std::unexpected(synced.error());
  return net::ServerIdentity{std::move(*key), std::move(*certificate)};
}

}  // namespace

Result<net::ServerIdentity> load_or_make_identity(FileLayer& files, const std::string& data_directory) {
  auto fd = files.open(AT_FDCWD, data_directory + "/.", O_RDONLY | O_DIRECTORY);
  if (!fd) return fail_disk(fd.error(), "opening", data_directory);
  const Folder root{files, std::move(*fd), data_directory};
  const auto there = files.status_at(root.fd.get(), kFolder);
  if (!there && there.error().number == ENOENT) return make_identity(root);
  if (!there) return fail_disk(there.error(), "opening", root.path_of(kFolder));
  if (there->type != FileType::kFolder) {
    return fail(ErrorCode::kInvalid, root.path_of(kFolder) + " is no folder; put back the one with the key");
  }
  return read_identity(root);
}

}  // namespace ndisk::server
