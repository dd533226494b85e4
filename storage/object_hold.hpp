// ObjectHold: while one lives, no object of the drive is freed, whichever process has it.
//
// It is an exclusive flock(2) on DATA/objects, which the collector takes for each of its steps and a backup for as long
// as it reads. It ends with the process, however that ends. One thread at a time.
#pragma once

#include <optional>

#include "common/error.hpp"
#include "storage/file_layer.hpp"

namespace ndisk::storage {

class ObjectHold {
 public:
  // Nothing if somebody else holds the objects, or waits for them. `objects` is the open folder.
  [[nodiscard]] static Result<std::optional<ObjectHold>> try_take(FileLayer& files, int objects);
  // Waits for a step of the collector to end. kConflict if it takes longer than that could: a backup is under way.
  [[nodiscard]] static Result<ObjectHold> take(FileLayer& files, int objects);

 private:
  explicit ObjectHold(Fd folder) : folder_(std::move(folder)) {}
  Fd folder_;
};

}  // namespace ndisk::storage
