#include "client/profile.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <toml++/toml.h>
#include <algorithm>
#include <cerrno>
#include <sstream>

#include "client/file_descriptor.hpp"
#include "client/user_folder.hpp"
#include "common/protocol/shown_invite.hpp"

namespace ndisk::client {
namespace {

constexpr std::size_t kMaxProfileBytes = 64 * 1024;

Result<std::string> read_text(const std::filesystem::path& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return fail_errno(errno, "reading", path.native());
  std::string text(kMaxProfileBytes, '\0');
  const auto count = ::read(file.get(), text.data(), text.size());
  if (count < 0) return fail_errno(errno, "reading", path.native());
  text.resize(static_cast<std::size_t>(count));
  return text;
}

Result<void> write_text(const std::filesystem::path& path, std::string_view text) {
  const auto temporary = path.native() + ".new";
  ::unlink(temporary.c_str());
  const FileDescriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) return fail_errno(errno, "writing", temporary);
  const bool written = ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                       ::fsync(file.get()) == 0 && ::rename(temporary.c_str(), path.c_str()) == 0;
  if (!written) return fail_errno(errno, "writing", path.native());
  return {};
}

Result<net::DeviceSeed> read_seed(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return fail_errno(errno, "reading", path.native());
  if ((status.st_mode & 077) != 0) {
    return fail(ErrorCode::kNotAllowed,
                path.native() + ": other users can read this key; run chmod 600 on it, and enrol again if they did");
  }
  auto text = read_text(path);
  if (!text) return std::unexpected(text.error());
  while (!text->empty() && text->back() == '\n') text->pop_back();
  const auto bytes = from_hex(*text);
  net::DeviceSeed seed{};
  if (!bytes || bytes->size() != seed.size()) {
    return fail(ErrorCode::kInvalid, path.native() + ": not a device key; run ndisk login with a new invite");
  }
  std::ranges::copy(*bytes, seed.begin());
  return seed;
}

Result<Profile> profile_from(const toml::table& table) {
  Profile profile;
  profile.user = table["user"].value_or(std::string());
  const auto pin = from_hex(table["pin"].value_or(std::string()));
  if (!pin) return fail(ErrorCode::kInvalid, "'pin' is not hexadecimal");
  const auto digest = digest_from(*pin);
  if (!digest) return fail(ErrorCode::kInvalid, "'pin' is not a SHA-256");
  profile.pin = *digest;
  if (const auto* addresses = table["addresses"].as_array()) {
    for (const auto& element : *addresses) {
      auto address = protocol::parse_host_port(element.value_or(std::string()));
      if (!address) return fail_with_context("'addresses'", address.error());
      profile.addresses.push_back(std::move(*address));
    }
  }
  if (profile.addresses.empty()) return fail(ErrorCode::kInvalid, "'addresses' is missing");
  return profile;
}

std::string to_toml(const Profile& profile) {
  toml::array addresses;
  for (const auto& address : profile.addresses) addresses.push_back(protocol::format_host_port(address));
  const toml::table table{{"addresses", addresses}, {"pin", to_hex(profile.pin)}, {"user", profile.user}};
  std::ostringstream out;
  out << table << '\n';
  return out.str();
}

}  // namespace

Result<ProfileStore> ProfileStore::open(std::filesystem::path folder, std::string name) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  };
  if (name.empty() || name.front() == '.' || name.size() > 100 || !std::ranges::all_of(name, is_plain)) {
    return fail(ErrorCode::kInvalid,
                "profile '" + protocol::shown_word(name) + "': use letters, digits, '.', '_' and '-'");
  }
  return ProfileStore(std::move(folder), std::move(name));
}

Result<Profile> ProfileStore::load() const {
  const auto text = read_text(profile_path());
  if (!text && text.error().code == ErrorCode::kNotFound) {
    return fail(ErrorCode::kNotAllowed, "not enrolled: there is no profile '" + name_ + "' in " + folder_.native() +
                                            "; run ndisk login with an invite from the server");
  }
  if (!text) return std::unexpected(text.error());
  try {
    auto profile = profile_from(toml::parse(*text));
    if (!profile) return fail_with_context(profile_path().native(), profile.error());
    return profile;
  } catch (const toml::parse_error& error) {
    return fail(ErrorCode::kInvalid, profile_path().native() + ": " + protocol::without_secrets(error.description()) +
                                         "; mend it, or run ndisk login with a new invite");
  }
}

Result<net::DeviceSeed> ProfileStore::load_key() const { return read_seed(key_path()); }

Result<net::DeviceSeed> ProfileStore::pending_key() const {
  std::error_code error;
  std::filesystem::create_directories(folder_.parent_path(), error);
  if (::mkdir(folder_.c_str(), 0700) != 0 && errno != EEXIST) return fail_errno(errno, "making", folder_.native());
  if (::chmod(folder_.c_str(), 0700) != 0) return fail_errno(errno, "closing to others", folder_.native());
  if (auto earlier = read_seed(pending_path()); earlier) return earlier;
  const auto seed = net::make_device_seed();
  if (auto written = write_text(pending_path(), to_hex(seed) + "\n"); !written) {
    return std::unexpected(written.error());
  }
  return seed;
}

Result<void> ProfileStore::enrolled(const Profile& profile) const {
  // The key goes last: should this end in between, another login with the same invite finds it pending.
  if (auto written = write_text(profile_path(), to_toml(profile)); !written) return written;
  if (::rename(pending_path().c_str(), key_path().c_str()) != 0) {
    return fail_errno(errno, "writing", key_path().native());
  }
  return {};
}

void ProfileStore::discard_pending() const { ::unlink(pending_path().c_str()); }

Result<std::filesystem::path> profile_folder() {
  const auto config = user_folder("XDG_CONFIG_HOME", ".config");
  if (!config) return fail(ErrorCode::kInvalid, "where profiles are kept is unknown: set HOME or XDG_CONFIG_HOME");
  return *config / "ndisk";
}

}  // namespace ndisk::client
