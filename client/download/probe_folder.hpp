// A disk's own word on which names are one: empty files in a folder of the probe's own, which goes with it.
//
// Everything here blocks: not on the I/O thread. One thread at a time.
#pragma once

#include <time.h>

#include <memory>

#include "client/download/collision.hpp"

namespace ndisk::client {

class ProbeFolder : public NameSpace {
 public:
  // Made in `folder`, whose mtime is put back when it goes. Fails as making a folder there does.
  [[nodiscard]] static Result<std::unique_ptr<ProbeFolder>> make(const std::string& folder);
  ~ProbeFolder() override;
  ProbeFolder(const ProbeFolder&) = delete;
  ProbeFolder& operator=(const ProbeFolder&) = delete;

  // Finds out the holder's name for the first few only: it takes a look at every name in the folder.
  [[nodiscard]] Result<std::optional<std::string>> claim(const std::string& name) override;
  [[nodiscard]] Result<void> enter(const std::string& name) override;
  void leave() override;

 private:
  ProbeFolder(std::string folder, std::string path, const std::optional<timespec>& mtime)
      : folder_(std::move(folder)), path_(std::move(path)), mtime_(mtime) {}

  [[nodiscard]] Result<void> make_innermost();
  [[nodiscard]] std::string innermost() const { return path_ + "/" + std::to_string(depth_); }
  [[nodiscard]] std::string find_holder(const std::string& name) const;

  std::string folder_;
  std::string path_;
  std::optional<timespec> mtime_;
  std::size_t depth_ = 0;
  std::size_t found_ = 0;
};

// Whether two names that differ by case, or by the form of one letter, are one in this folder. Fails as making files
// there does. Leaves no trace that a user can see: names come and go, and the mtime is put back.
[[nodiscard]] Result<bool> folds_names(const std::string& folder);

}  // namespace ndisk::client
