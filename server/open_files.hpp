// How many files are open for users at once, over all sessions: each costs the process a descriptor, which it needs for
// connections and the catalog, too.
//
// Any thread. Outlives all shares.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "common/error.hpp"
#include "server/door_limits.hpp"

namespace ndisk::server {

class OpenFiles {
 public:
  // One file's; given back when destroyed.
  class Share {
   public:
    Share() = default;
    Share(Share&& other) noexcept : files_(std::exchange(other.files_, nullptr)), user_(other.user_) {}
    Share& operator=(Share&& other) noexcept {
      std::swap(files_, other.files_);
      std::swap(user_, other.user_);
      return *this;
    }
    ~Share() {
      if (files_ != nullptr) files_->give_back(user_);
    }

   private:
    friend class OpenFiles;
    Share(OpenFiles& files, std::int64_t user) : files_(&files), user_(user) {}
    OpenFiles* files_ = nullptr;
    std::int64_t user_ = 0;
  };

  OpenFiles() : OpenFiles(OpenFileLimits{}) {}
  explicit OpenFiles(OpenFileLimits limits) : limits_(limits), free_(limits.all) {}

  // A user may have one more as long as it has fewer than are free: one alone gets half of all, two get a third each,
  // and there is always something left for who comes next. Else kBusy, retryable.
  [[nodiscard]] Result<Share> take(std::int64_t user);

  [[nodiscard]] const OpenFileLimits& limits() const { return limits_; }

 private:
  void give_back(std::int64_t user);

  const OpenFileLimits limits_;
  std::mutex mutex_;
  std::size_t free_;
  std::unordered_map<std::int64_t, std::size_t> of_user_;  // of those who have any
};

}  // namespace ndisk::server
