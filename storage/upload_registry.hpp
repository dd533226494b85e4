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
  // Null: the key's device has `most` others.
  [[nodiscard]] SharedUpload find_or_add(const UploadKey& key, std::size_t most) {
    const std::scoped_lock lock(mutex_);
    if (const auto found = uploads_.find(key); found != uploads_.end()) return found->second;
    if (count_of_device(key.device) >= most) return nullptr;
    return uploads_[key] = std::make_shared<ActiveUpload>(key);
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
  [[nodiscard]] std::size_t count_of_device(const DeviceId& device) const {
    std::size_t count = 0;
    const UploadKey first{device, {}, {}, INT64_MIN};
    auto upload = uploads_.lower_bound(first);
    for (; upload != uploads_.end() && upload->first.device == device; ++upload) ++count;
    return count;
  }

  mutable std::mutex mutex_;
  std::map<UploadKey, SharedUpload> uploads_;
};

}  // namespace ndisk::storage
