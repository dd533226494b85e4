// NumberedName: a number that is kept beside the catalog, in the name of an empty file: PREFIX.NUMBER.
//
// A rename replaces it at once, and takes no room on a full disk. Durable once `folder` is synced; where several such
// files are, the highest number counts. One thread at a time; `folder` must outlive it.
#pragma once

#include <string>

#include "storage/file_layer.hpp"

namespace ndisk::storage {

class NumberedName {
 public:
  NumberedName(FileLayer& files, int folder, std::string prefix)
      : files_(files), folder_(folder), prefix_(std::move(prefix)) {}

  // Reads the number: 0 if there is none. Before any of the others.
  [[nodiscard]] DiskResult<std::int64_t> load();
  [[nodiscard]] std::int64_t number() const { return number_; }
  // `number` is above 0.
  [[nodiscard]] DiskResult<> set(std::int64_t number);
  // As if none had been set.
  [[nodiscard]] DiskResult<> remove();
  // The file that has the number.
  [[nodiscard]] std::string name() const { return name_of(number_); }

 private:
  [[nodiscard]] std::string name_of(std::int64_t number) const { return prefix_ + "." + std::to_string(number); }
  [[nodiscard]] std::int64_t number_of(std::string_view name) const;

  FileLayer& files_;
  const int folder_;
  const std::string prefix_;
  std::int64_t number_ = 0;
};

}  // namespace ndisk::storage
