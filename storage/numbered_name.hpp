// NumberedName: a number that is kept beside the catalog, in the name of an empty file: PREFIX.NUMBER.
//
// A rename replaces it at once, and takes no room on a full disk. Durable once `folder` is synced. One thread at a
// time; `folder` must outlive it.
#pragma once

#include <string>

#include "storage/file_layer.hpp"

namespace ndisk::storage {

[[nodiscard]] inline std::string numbered_name(std::string_view prefix, std::int64_t number) {
  return std::string(prefix) + "." + std::to_string(number);
}

// The numbers of all such files, none of them twice.
[[nodiscard]] DiskResult<std::vector<std::int64_t>> numbers_of_names(FileLayer& files, int folder,
                                                                     std::string_view prefix);

class NumberedName {
 public:
  NumberedName(FileLayer& files, int folder, std::string prefix)
      : files_(files), folder_(folder), prefix_(std::move(prefix)) {}

  // Reads the number, of several the highest: 0 if there is none. Before any of the others.
  [[nodiscard]] DiskResult<std::int64_t> load();
  [[nodiscard]] std::int64_t number() const { return number_; }
  // `number` is above 0.
  [[nodiscard]] DiskResult<> set(std::int64_t number);
  // As if none had been set.
  [[nodiscard]] DiskResult<> remove();
  // All but the file of number(); false if there were none.
  [[nodiscard]] DiskResult<bool> remove_others();

 private:
  [[nodiscard]] std::string name_of(std::int64_t number) const { return numbered_name(prefix_, number); }

  FileLayer& files_;
  const int folder_;
  const std::string prefix_;
  std::int64_t number_ = 0;
};

}  // namespace ndisk::storage
