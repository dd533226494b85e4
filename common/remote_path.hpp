// A path inside a drive, checked once and then trusted.
//
// On the wire and in the catalog a path has no leading slash; the root is empty; components are joined by '/'.
// No NUL; no empty, "." or ".." component; a component is 1 to 255 bytes, a path at most 4096. Any other byte is
// allowed: names are bytes. A RemotePath value always keeps these rules. Pure; any thread.
#pragma once

#include <compare>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.hpp"

namespace ndisk {

inline constexpr std::size_t kMaxComponentBytes = 255;
inline constexpr std::size_t kMaxPathBytes = 4096;

class RemotePath {
 public:
  RemotePath() = default;  // the root

  // Strict, for bytes from the wire: exactly the rules above. kInvalid says which rule was broken.
  [[nodiscard]] static Result<RemotePath> from_wire(std::string_view bytes);
  // For what a person typed: one or more leading, trailing or doubled slashes are taken as one; then the rules.
  [[nodiscard]] static Result<RemotePath> from_user(std::string_view text);

  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  [[nodiscard]] bool is_root() const { return bytes_.empty(); }
  // The last component; empty for the root.
  [[nodiscard]] std::string_view name() const;
  // The path without its last component; the root's parent is the root.
  [[nodiscard]] RemotePath parent() const;
  // Views into this value: valid while it lives unchanged.
  [[nodiscard]] std::vector<std::string_view> components() const;
  // This path with one more component, or with the components of another path. kInvalid if the result breaks a rule.
  [[nodiscard]] Result<RemotePath> child(std::string_view name) const;
  [[nodiscard]] Result<RemotePath> join(const RemotePath& below) const;

  friend auto operator<=>(const RemotePath&, const RemotePath&) = default;

 private:
  std::string bytes_;
};

}  // namespace ndisk
