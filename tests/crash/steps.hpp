// The steps that scenarios are made of: one request each, with the request id of its name.
#pragma once

#include "tests/crash/scenario.hpp"

namespace ndisk::crash {

[[nodiscard]] Step put(const std::string& path, const std::string& content);
// A symbolic link.
[[nodiscard]] Step put_link(const std::string& path, const std::string& target);
[[nodiscard]] Step put_with_receipt(const std::string& path, const std::string& content);
// Side by side with others: the paths are what it changes.
[[nodiscard]] Step put_beside(const std::string& path, const std::string& content);
[[nodiscard]] Step upload(const std::string& path, Bytes content, std::size_t piece);
// The session ends after so many bytes.
[[nodiscard]] Step send_part(const std::string& path, Bytes content, std::size_t until, std::size_t piece);
[[nodiscard]] Step send(Upload upload);

[[nodiscard]] Step make_folder(const std::string& path);
// A folder with all that is in it.
[[nodiscard]] Step remove(const std::string& path);
[[nodiscard]] Step move(const std::string& from, const std::string& to);
[[nodiscard]] Step copy(const std::string& from, const std::string& to);
// The version before the current one.
[[nodiscard]] Step restore(const std::string& path);
// What was removed last from this path.
[[nodiscard]] Step restore_trash(const std::string& path);
[[nodiscard]] Step empty_trash();
[[nodiscard]] Step collect();
[[nodiscard]] Step back_up(const std::string& name, bool copies = false);
// All that is damaged must be mended by it.
[[nodiscard]] Step repair();

// Tells only whether it was done, not what came of it.
template <class T>
storage::Completion<T> without_value(storage::Completion<void> done) {
  return [done = std::move(done)](Result<T> result) mutable {
    if (result) return done({});
    done(std::unexpected(std::move(result.error())));
  };
}

// A phase with one step.
[[nodiscard]] Phase alone(Step step);

}  // namespace ndisk::crash
