#include "server/identity_files.hpp"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "storage/fd.hpp"

namespace ndisk::server {
namespace {

constexpr std::size_t kMaxPemBytes = 64 * 1024;

// Repeats a call that a signal interrupted.
template <class Call>
auto repeat(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

storage::Fd open_file(const std::string& path, int flags) {
  return storage::Fd(repeat([&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0600); }));
}

// Neither a link nor a pipe that was planted under its name.
Result<void> check_file(const storage::Fd& file, const std::string& path) {
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return fail_errno(errno, "looking at", path);
  if (!S_ISREG(info.st_mode)) return fail(ErrorCode::kInvalid, path + " is no ordinary file; put it back from a copy");
  const auto mode = info.st_mode & 0777;
  if ((mode & 077) == 0) return {};
  if (::fchmod(file.get(), 0600) != 0) return fail_errno(errno, "closing to others", path);
  spdlog::warn("closed to others file=\"{}\" mode_was={:04o}: whoever read it can pass for this server", path, mode);
  return {};
}

Result<std::string> read_file(const std::string& path) {
  const auto file = open_file(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  if (file.get() < 0) return fail_errno(errno, "opening", path);
  if (auto checked = check_file(file, path); !checked) return std::unexpected(checked.error());
  std::string text;
  std::array<char, 4096> buffer;
  for (;;) {
    const auto count = repeat([&] { return ::read(file.get(), buffer.data(), buffer.size()); });
    if (count < 0) return fail_errno(errno, "reading", path);
    if (count == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(count));
    if (text.size() > kMaxPemBytes) return fail(ErrorCode::kInvalid, path + ": not a PEM file of this server");
  }
}

Result<void> write_synced(const std::string& path, const std::string& text) {
  const auto file = open_file(path, O_WRONLY | O_CREAT | O_EXCL);
  if (file.get() < 0) return fail_errno(errno, "creating", path);
  for (std::string_view left = text; !left.empty();) {
    const auto count = repeat([&] { return ::write(file.get(), left.data(), left.size()); });
    if (count < 0) return fail_errno(errno, "writing", path);
    left.remove_prefix(static_cast<std::size_t>(count));
  }
  if (repeat([&] { return ::fsync(file.get()); }) != 0) return fail_errno(errno, "syncing", path);
  return {};
}

Result<void> sync_folder(const std::string& path) {
  const auto folder = open_file(path, O_RDONLY | O_DIRECTORY);
  if (folder.get() < 0) return fail_errno(errno, "opening", path);
  if (repeat([&] { return ::fsync(folder.get()); }) != 0) return fail_errno(errno, "syncing", path);
  return {};
}

// Both files appear in a folder of another name, which is renamed when it is whole.
Result<net::ServerIdentity> make_identity(const std::string& data_directory, const std::string& folder) {
  auto identity = net::make_server_identity();
  if (!identity) return identity;
  const auto unfinished = folder + ".new";
  for (const char* name : {"/key.pem", "/certificate.pem"}) ::unlink((unfinished + name).c_str());
  ::rmdir(unfinished.c_str());
  if (::mkdir(unfinished.c_str(), 0700) != 0) return fail_errno(errno, "making", unfinished);
  Result<void> done = write_synced(unfinished + "/key.pem", identity->key_pem);
  if (done) done = write_synced(unfinished + "/certificate.pem", identity->certificate_pem);
  if (done) done = sync_folder(unfinished);
  if (done && ::rename(unfinished.c_str(), folder.c_str()) != 0) done = fail_errno(errno, "renaming to", folder);
  if (done) done = sync_folder(data_directory);
  if (!done) return std::unexpected(done.error());
  return identity;
}

}  // namespace

Result<net::ServerIdentity> load_or_make_identity(const std::string& data_directory) {
  const auto folder = data_directory + "/tls";
  struct stat info {};
  if (::lstat(folder.c_str(), &info) != 0) {
    if (errno != ENOENT) return fail_errno(errno, "opening", folder);
    return make_identity(data_directory, folder);
  }
  if (!S_ISDIR(info.st_mode)) return fail(ErrorCode::kInvalid, folder + " is no folder; put back the one with the key");
  auto key = read_file(folder + "/key.pem");
  if (!key) return std::unexpected(key.error());
  auto certificate = read_file(folder + "/certificate.pem");
  if (!certificate) return std::unexpected(certificate.error());
  return net::ServerIdentity{std::move(*key), std::move(*certificate)};
}

}  // namespace ndisk::server
