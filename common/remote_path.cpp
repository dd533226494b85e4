#include "common/remote_path.hpp"

#include <algorithm>

namespace ndisk {
namespace {

Result<void> check_component(std::string_view name) {
  if (name.empty()) return fail(ErrorCode::kInvalid, "a path can't have an empty component");
  if (name == "." || name == "..") {
    return fail(ErrorCode::kInvalid, "a remote path can't have a component '" + std::string(name) + "'");
  }
  if (name.size() > kMaxComponentBytes) {
    return fail(ErrorCode::kInvalid, "a name of " + std::to_string(name.size()) + " bytes is too long: the limit is " +
                                         std::to_string(kMaxComponentBytes));
  }
  if (name.find('\0') != name.npos) return fail(ErrorCode::kInvalid, "a path can't hold a NUL byte");
  if (name.find('/') != name.npos) return fail(ErrorCode::kInvalid, "a name can't hold a '/'");
  return {};
}

}  // namespace

Result<RemotePath> RemotePath::from_wire(std::string_view bytes) {
  RemotePath path;
  if (bytes.empty()) return path;
  if (bytes.size() > kMaxPathBytes) {
    return fail(ErrorCode::kInvalid, "a path of " + std::to_string(bytes.size()) + " bytes is too long: the limit is " +
                                         std::to_string(kMaxPathBytes));
  }
  for (std::size_t start = 0; start <= bytes.size();) {
    const auto end = std::min(bytes.find('/', start), bytes.size());
    if (auto checked = check_component(bytes.substr(start, end - start)); !checked) {
      return std::unexpected(checked.error());
    }
    start = end + 1;
  }
  path.bytes_ = bytes;
  return path;
}

Result<RemotePath> RemotePath::from_user(std::string_view text) {
  std::string bytes;
  for (std::size_t start = 0; start < text.size();) {
    const auto end = std::min(text.find('/', start), text.size());
    if (end > start) {
      if (!bytes.empty()) bytes.push_back('/');
      bytes.append(text, start, end - start);
    }
    start = end + 1;
  }
  return from_wire(bytes);
}

std::string_view RemotePath::name() const {
  const auto slash = bytes_.rfind('/');
  return slash == bytes_.npos ? std::string_view(bytes_) : std::string_view(bytes_).substr(slash + 1);
}

RemotePath RemotePath::parent() const {
  RemotePath path;
  const auto slash = bytes_.rfind('/');
  if (slash != bytes_.npos) path.bytes_ = bytes_.substr(0, slash);
  return path;
}

std::vector<std::string_view> RemotePath::components() const {
  std::vector<std::string_view> parts;
  const std::string_view all = bytes_;
  for (std::size_t start = 0; start < all.size();) {
    const auto end = std::min(all.find('/', start), all.size());
    parts.push_back(all.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

Result<RemotePath> RemotePath::child(std::string_view name) const {
  if (auto checked = check_component(name); !checked) return std::unexpected(checked.error());
  return from_wire(bytes_.empty() ? std::string(name) : bytes_ + '/' + std::string(name));
}

Result<RemotePath> RemotePath::join(const RemotePath& below) const {
  if (below.is_root()) return *this;
  return from_wire(bytes_.empty() ? below.bytes_ : bytes_ + '/' + below.bytes_);
}

}  // namespace ndisk
