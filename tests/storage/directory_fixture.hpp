// A data directory alone, with its folders and a disk that the test can bend, for parts of the storage that need no
// drive.
#pragma once

#include "storage/data_directory.hpp"
#include "tests/catch.hpp"
#include "tests/storage/faulty_file_layer.hpp"
#include "tests/temporary_folder.hpp"

namespace ndisk::storage {

struct DirectoryFixture {
  DirectoryFixture() {
    auto opened = DataDirectory::open(files, folder.path() + "/data");
    REQUIRE(opened);
    directory = std::move(*opened);
    REQUIRE(directory.open_folders(files, false, ""));
  }

  [[nodiscard]] std::string data(const std::string& name) const { return directory.path + "/" + name; }

  TemporaryFolder folder;
  FaultyFileLayer files;
  DataDirectory directory;
};

}  // namespace ndisk::storage
