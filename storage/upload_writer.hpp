// StagedWriter: the UploadWriter of this store: one hold on one upload.
#pragma once

#include <new>

#include "storage/log.hpp"
#include "storage/uploads.hpp"

namespace ndisk::storage {

class StagedWriter final : public UploadWriter {
 public:
  StagedWriter(Uploads& uploads, SharedUpload upload, std::uint64_t holder)
      : uploads_(uploads), upload_(std::move(upload)), holder_(holder), id_(upload_->id) {}
  ~StagedWriter() override {
    if (!upload_) return;
    try {
      uploads_.release(upload_, holder_);
    } catch (const std::bad_alloc&) {
      log_warning("no memory to put an upload away: it stays until somebody goes on with it, or the next start");
    }
  }

  const UploadId& id() const override { return id_; }
  std::uint64_t received() const override { return upload_->received; }
  Digest sha256_so_far() const override {
    const std::scoped_lock lock(upload_->mutex);
    return upload_->digest.digest();
  }
  std::uint64_t durable() const override { return upload_->durable; }
  Result<void> append(std::uint64_t offset, ByteView bytes) override {
    return uploads_.append(upload_, holder_, offset, bytes);
  }

  [[nodiscard]] std::uint64_t holder() const { return holder_; }
  [[nodiscard]] const SharedUpload& upload() const { return upload_; }
  // Ends the hold without a checkpoint: somebody else sees to the upload.
  [[nodiscard]] SharedUpload let_go() { return std::move(upload_); }

 private:
  Uploads& uploads_;
  SharedUpload upload_;
  const std::uint64_t holder_;
  const UploadId id_;
};

}  // namespace ndisk::storage
