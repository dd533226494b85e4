// The names that things get here, folder by folder: each local folder that folds names tells itself which are one, and
// one that is to be made folds as the folder that it comes into. One that does not fold holds all names apart.
//
// Everything here blocks: not on the I/O thread. One thread at a time.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>

#include "client/download/collision.hpp"

namespace ndisk::client {

class LocalNames : public NameSpace {
 public:
  // Names are tried out, or what stands there is looked at only (folding_look.hpp).
  enum class Asking : std::uint8_t { kByTrying, kByLooking };

  // `own`: what stands for every folder that is entered in the outermost; empty: that has the names of the folders.
  LocalNames(std::string outermost, std::string own, Asking how)
      : outermost_(std::move(outermost)), own_(std::move(own)), how_(how) {}

  // First of all. Fails as trying out names does, where looking tells nothing either; what can't be written into, or
  // has no room, holds all apart then: who writes there will say so.
  [[nodiscard]] Result<void> begin();
  // Whether one of these, or a folder that stands below it, might fold names: false if none can, by a look that writes
  // nothing. It is true as well once `stopping` is, and of more than can be looked at in a moment.
  [[nodiscard]] bool may_fold(const std::vector<std::string>& folders, const std::function<bool()>& stopping) const;

  [[nodiscard]] Result<std::optional<std::string>> claim(const std::string& name) override;
  [[nodiscard]] Result<void> enter(const std::string& name) override;
  void leave() override;
  // Removes all that was made to try out names.
  void end() { levels_.clear(); }

  // So far: whether a folder folds; whether it is not known of one, by looking only.
  [[nodiscard]] bool has_folding() const { return has_folding_; }
  [[nodiscard]] bool has_unknown() const { return has_unknown_; }

 private:
  struct Level {
    std::string local;  // empty: does not stand there yet
    dev_t device = 0;
    std::unique_ptr<NameSpace> own;
    NameSpace* names = nullptr;  // own, or of a folder above; null: it holds all apart
  };

  [[nodiscard]] Result<bool> folds(const std::string& folder);
  [[nodiscard]] Result<void> ask(Level& level, const std::string& folder);
  [[nodiscard]] Result<std::unique_ptr<NameSpace>> make_names(const std::string& folder) const;

  std::string outermost_;
  std::string own_;
  Asking how_;
  std::vector<Level> levels_;
  bool has_folding_ = false;
  bool has_unknown_ = false;
};

}  // namespace ndisk::client
