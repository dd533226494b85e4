// A folder of the test's own with files in it, gone with the value: in $TMPDIR, else in memory (/dev/shm).
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/temporary_folder.hpp"

namespace ndisk::client {

class ScratchFolder : public TemporaryFolder {
 public:
  using TemporaryFolder::path;
  [[nodiscard]] std::string path(const std::string& name) const { return path() + "/" + name; }

  // Makes the folders above it as needed; gives the whole path.
  std::string write(const std::string& name, const std::string& content = "x") const {
    const auto file = path(name);
    std::filesystem::create_directories(std::filesystem::path(file).parent_path());
    std::ofstream(file, std::ios::binary) << content;
    return file;
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ifstream file(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
};

}  // namespace ndisk::client
