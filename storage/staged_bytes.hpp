// StagedBytes: what each user's uploads take of its quota, besides what is stored.
//
// An upload of known size takes all of it while a session holds it, so that the same room is not promised twice; one of
// unknown size what came; one that nobody holds what is staged. In memory alone: the rows of uploads fill it at the
// start. Whoever may go over the quota looks and takes on the commit queue's thread, where nothing is stored meanwhile;
// giving back may happen anywhere. Thread-safe; never waits for anything else.
#pragma once

#include <map>
#include <mutex>
#include <optional>

#include "storage/drive.hpp"

namespace ndisk::storage {

class StagedBytes {
 public:
  // From now on this upload takes so much. std::bad_alloc: what it took before.
  void set(const UploadId& upload, std::int64_t user, std::uint64_t bytes) {
    const std::scoped_lock lock(mutex_);
    put_in(upload, user, bytes);
  }

  // The same, unless `most` other uploads of the user take anything: then false, and nothing has changed. Counting and
  // taking are one step.
  [[nodiscard]] bool set_within(const UploadId& upload, std::int64_t user, std::uint64_t bytes, std::size_t most) {
    const std::scoped_lock lock(mutex_);
    if (count_others(user, upload) >= most) return false;
    put_in(upload, user, bytes);
    return true;
  }

  void remove(const UploadId& upload) {
    const std::scoped_lock lock(mutex_);
    take_out(upload);
  }

  // Of all uploads of the user but one.
  [[nodiscard]] std::uint64_t of(std::int64_t user, const std::optional<UploadId>& without = std::nullopt) const {
    const std::scoped_lock lock(mutex_);
    const auto total = totals_.find(user);
    if (total == totals_.end()) return 0;
    const auto share = without ? shares_.find(*without) : shares_.end();
    return share == shares_.end() ? total->second.bytes : total->second.bytes - share->second.bytes;
  }

 private:
  struct Share {
    explicit Share(std::int64_t owner) : user(owner) {}
    const std::int64_t user;  // the same for as long as the upload is there
    std::uint64_t bytes = 0;
  };
  struct Total {
    std::uint64_t bytes = 0;
    std::size_t uploads = 0;
  };

  [[nodiscard]] std::size_t count_others(std::int64_t user, const UploadId& upload) const {
    const auto total = totals_.find(user);
    return total == totals_.end() ? 0 : total->second.uploads - shares_.count(upload);
  }

  // std::bad_alloc: nothing was changed, but that the user may have a total of no uploads.
  void put_in(const UploadId& upload, std::int64_t user, std::uint64_t bytes) {
    if (bytes == 0) return take_out(upload);
    auto& total = totals_[user];
    const auto [share, is_new] = shares_.try_emplace(upload, user);
    total.bytes += bytes - share->second.bytes;
    total.uploads += is_new ? 1 : 0;
    share->second.bytes = bytes;
  }

  void take_out(const UploadId& upload) {
    const auto share = shares_.find(upload);
    if (share == shares_.end()) return;
    const auto total = totals_.find(share->second.user);
    total->second.bytes -= share->second.bytes;
    --total->second.uploads;
    if (total->second.uploads == 0) totals_.erase(total);
    shares_.erase(share);
  }

  mutable std::mutex mutex_;
  std::map<UploadId, Share> shares_;
  std::map<std::int64_t, Total> totals_;
};

}  // namespace ndisk::storage
