// QuarantineFolder: DATA/quarantine, where what can't be proved goes instead of being removed. Nothing there is ever
// replaced, and nothing of the store reads it; it belongs to whoever looks after the machine.
//
// The folder is made when something is moved, also if somebody removed it meanwhile. One thread at a time: there is one
// repair, or one rebuild, at a time. All must outlive it.
#pragma once

#include <string>

#include "storage/data_directory.hpp"
#include "storage/file_layer.hpp"

namespace ndisk::storage {

class QuarantineFolder {
 public:
  static constexpr char kName[] = "quarantine";

  QuarantineFolder(FileLayer& files, const DataDirectory& directory) : files_(files), directory_(directory) {}

  // Moves what has this name in this folder; `name` may lead through folders below. It keeps the last part of its name,
  // with "~2" and so on where that is taken, and is returned as "quarantine/NAME". Durable after sync(). kNotFound:
  // there is nothing of this name. kConflict: a thousand things have that name there.
  [[nodiscard]] Result<std::string> move(int folder, const std::string& name);
  // The same, and what moved is durable with its content when this returns. `folder` is open for reading.
  [[nodiscard]] Result<std::string> move_durably(int folder, const std::string& name);
  [[nodiscard]] Result<void> sync();
  // For reading, until the next call.
  [[nodiscard]] Result<int> open();

 private:
  bool is_there();

  FileLayer& files_;
  const DataDirectory& directory_;
  Fd folder_;
};

}  // namespace ndisk::storage
