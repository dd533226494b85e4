// Staging: the files of uploads under way, DATA/staging/UPLOAD-ID (32 hexadecimal digits), mode 0600. Thread-safe.
#pragma once

#include <vector>

#include "storage/data_directory.hpp"
#include "storage/drive.hpp"

namespace ndisk::storage {

class Staging {
 public:
  Staging(FileLayer& files, const DataDirectory& directory) : files_(files), folder_(directory.staging.get()) {}

  [[nodiscard]] Result<Fd> create(const UploadId& id);
  // Opens the file and cuts it to its durable part. kIntegrity if it is missing or shorter than that.
  [[nodiscard]] Result<Fd> reopen(const UploadId& id, std::uint64_t durable);
  // A file that is gone already is fine.
  Result<void> remove(const UploadId& id);
  [[nodiscard]] Result<std::vector<UploadId>> all();

  [[nodiscard]] static std::string name(const UploadId& id) { return to_hex(id); }
  [[nodiscard]] int folder() const { return folder_; }

 private:
  FileLayer& files_;
  const int folder_;
};

}  // namespace ndisk::storage
