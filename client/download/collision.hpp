// Names that a disk can't hold apart: "A" and "a" on one that folds case, an NFC and an NFD form of one name on others.
//
// Which names are one is the disk's own word, asked through NameSpace; nothing here knows how it folds. One thread at a
// time; a NameSpace may block.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/options.hpp"
#include "common/error.hpp"

namespace ndisk::client {

// Folders of names, one in the other, of which the innermost takes names.
class NameSpace {
 public:
  virtual ~NameSpace() = default;
  // Nothing if the name is free, and it is taken from then on; else the name that stands in its way, empty if that was
  // not found out. A name that the disk can't hold at all is free: writing it will say so.
  [[nodiscard]] virtual Result<std::optional<std::string>> claim(const std::string& name) = 0;
  // The folder of that name, which was claimed.
  [[nodiscard]] virtual Result<void> enter(const std::string& name) = 0;
  virtual void leave() = 0;
};

struct CollidingName {
  std::string path;    // that has to give way
  std::string holder;  // that it collides with; empty if not known
  std::string name;    // what it is called in its place; empty: it is left out
};

// What to do with each path that collides. Paths are those that things would have below the target if it held all names
// apart.
class CollisionPlan {
 public:
  void add(CollidingName colliding) { names_.emplace(colliding.path, std::move(colliding.name)); }
  [[nodiscard]] bool empty() const { return names_.empty(); }
  // The name to use: its own, another, or nothing if it is left out.
  [[nodiscard]] std::optional<std::string> name_for(const std::string& path) const;

 private:
  std::map<std::string, std::string> names_;
};

inline constexpr std::size_t kMaxCollisions = 100'000;

class CollisionPlanner {
 public:
  CollisionPlanner(NameSpace& disk, Collision how) : disk_(disk), how_(how) {}

  // Paths below the target, a folder's contents directly after it; the first one of each name keeps it. Returns what
  // collides, if it does: what is below it is not looked at if it is left out. kConflict for more than kMaxCollisions.
  [[nodiscard]] Result<std::optional<CollidingName>> add(const std::string& path, bool is_folder);

 private:
  [[nodiscard]] Result<std::string> free_name(std::string_view name, bool is_folder);

  NameSpace& disk_;
  Collision how_;
  std::vector<std::string> open_;
  std::optional<std::string> left_out_;
  std::size_t count_ = 0;
};

// "song (2).mp3": at most 255 bytes, cut between characters. A folder's name has no extension.
[[nodiscard]] std::string numbered_name(std::string_view name, bool is_folder, unsigned number);

}  // namespace ndisk::client
