// For a dry run, which tries no names out: whether a disk takes names for one that differ by case, told by looking, and
// what it would take for one then, told by the letters a to z alone.
//
// look_for_folding() blocks: not on the I/O thread. One thread at a time.
#pragma once

#include "client/download/collision.hpp"

namespace ndisk::client {

enum class Folding : std::uint8_t {
  kNone,
  kCase,
  kUnknown,  // no name there has a letter, and the folder's own name is another disk's
};
[[nodiscard]] Folding look_for_folding(const std::string& folder);

// Names as a disk holds them that folds the case of ASCII. Memory grows with the names in the folders that are open.
class CaseFoldedNames : public NameSpace {
 public:
  [[nodiscard]] Result<std::optional<std::string>> claim(const std::string& name) override;
  [[nodiscard]] Result<void> enter(const std::string& name) override;
  void leave() override { levels_.pop_back(); }

 private:
  std::vector<std::map<std::string, std::string>> levels_{1};
};

}  // namespace ndisk::client
