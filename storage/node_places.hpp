// NodePlaces: where nodes stand, as people name it. Works on one snapshot; memory for the users only. See sqlite.hpp
// for errors. One thread at a time.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "storage/sqlite.hpp"

namespace ndisk::storage {

struct NodePlace {
  std::int64_t user_id = 0;
  std::string user;
  std::string path;  // in the drive; of what is in the trash: where it was
  bool in_trash = false;
  std::int64_t item = 0;  // of what is in the trash: the node that was removed, it or a folder above it
};

class NodePlaces {
 public:
  explicit NodePlaces(Database& database);
  // Nothing: it is below no drive and no trash (the collector is to purge it, or a parent is missing).
  // Of what is in a trash, all of its user's items are gone through.
  [[nodiscard]] std::optional<NodePlace> find(std::int64_t node);
  // Of what is in a trash, the path is only that below what was removed, until name(), which goes through the items of
  // all trashes once.
  [[nodiscard]] std::optional<NodePlace> find_unnamed(std::int64_t node);
  void name(const std::vector<NodePlace*>& places);
  // Nothing for what is in a trash either, at the price of a walk up.
  [[nodiscard]] std::optional<NodePlace> find_in_drive(std::int64_t node);
  // Of a folder of a drive, the root included; nothing for what is in a trash.
  [[nodiscard]] std::optional<NodePlace> find_folder(std::int64_t folder);

 private:
  struct Root {
    std::int64_t user_id = 0;
    std::string user;
    bool is_trash = false;
  };
  Database& database_;
  std::map<std::int64_t, Root> roots_;
};

}  // namespace ndisk::storage
