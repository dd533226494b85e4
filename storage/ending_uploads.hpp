// EndingUploads: uploads whose staged file goes before their row does. In between nothing is wrong with them, though it
// looks so to whoever compares the two. Thread-safe; must outlive its marks.
#pragma once

#include <mutex>
#include <set>
#include <utility>

#include "storage/drive.hpp"

namespace ndisk::storage {

class EndingUploads {
 public:
  // From before the file goes until the row is gone, or could not be removed.
  class Mark {
   public:
    Mark(Mark&& other) noexcept : ending_(std::exchange(other.ending_, nullptr)), id_(other.id_) {}
    Mark& operator=(Mark&&) = delete;
    ~Mark() {
      if (ending_ != nullptr) ending_->end(id_);
    }

   private:
    friend class EndingUploads;
    Mark(EndingUploads& ending, const UploadId& id) : ending_(&ending), id_(id) {}
    EndingUploads* ending_;
    UploadId id_;
  };

  [[nodiscard]] Mark begin(const UploadId& id) {
    const std::scoped_lock lock(mutex_);
    ids_.insert(id);
    return Mark(*this, id);
  }
  [[nodiscard]] bool contains(const UploadId& id) const {
    const std::scoped_lock lock(mutex_);
    return ids_.contains(id);
  }

 private:
  void end(const UploadId& id) {
    const std::scoped_lock lock(mutex_);
    ids_.erase(ids_.find(id));
  }

  mutable std::mutex mutex_;
  std::multiset<UploadId> ids_;
};

}  // namespace ndisk::storage
