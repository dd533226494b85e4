// UploadRegistry: the uploads that are held right now, by their keys. Thread-safe. Lock order: an upload's mutex may
// be held when the registry is called, never the other way round.
#pragma once

#include <map>
#include <mutex>
#include <vector>

#include "storage/active_upload.hpp"

namespace ndisk::storage {

class UploadRegistry {
 public:
  [[nodiscard]] SharedUpload find_or_add(const UploadKey& key) {
    const std::scoped_lock lock(mutex_);
    auto& upload = uploads_[key];
    if (!upload) upload = std::make_shared<ActiveUpload>(key);
    return upload;
  }

  // Uploads of the key's device, without the one of this key.
  [[nodiscard]] std::size_t others_of_device(const UploadKey& key) const {
    const std::scoped_lock lock(mutex_);
    std::size_t count = 0;
    const UploadKey first{key.device, {}, {}, INT64_MIN};
    for (auto found = uploads_.lower_bound(first); found != uploads_.end() && found->first.device == key.device;
         ++found) {
      count += found->first == key ? 0 : 1;
    }
    return count;
  }

  void remove(const ActiveUpload& upload) {
    const std::scoped_lock lock(mutex_);
    const auto found = uploads_.find(upload.key);
    if (found != uploads_.end() && found->second.get() == &upload) uploads_.erase(found);
  }

  [[nodiscard]] std::vector<SharedUpload> all() const {
    const std::scoped_lock lock(mutex_);
    std::vector<SharedUpload> uploads;
    for (const auto& [key, upload] : uploads_) uploads.push_back(upload);
    return uploads;
  }

  // Received and not yet durable, of all of them.
  [[nodiscard]] std::uint64_t dirty_bytes() const {
    const std::scoped_lock lock(mutex_);
    std::uint64_t total = 0;
    for (const auto& [key, upload] : uploads_) {
      const std::uint64_t durable = upload->durable;
      const std::uint64_t received = upload->received;
      if (received > durable) total += received - durable;
    }
    return total;
  }

 private:
  mutable std::mutex mutex_;
  std::map<UploadKey, SharedUpload> uploads_;
};

}  // namespace ndisk::storage
