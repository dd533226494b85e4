// The tables objects and versions: content on disk, and the states of files that refer to it. See sqlite.hpp for
// errors. One thread at a time.
#pragma once

#include <limits>
#include <optional>
#include <vector>

#include "storage/drive.hpp"
#include "storage/sqlite.hpp"

namespace ndisk::storage {

enum class ObjectState : std::uint8_t {
  kHealthy = 0,
  kDying = 1,        // the collector is about to unlink it: never referred to again
  kQuarantined = 2,  // not what was recorded when somebody looked: never served, never referred to again
  kUnreadable = 3,   // the disk could not read it when somebody looked: served if it can, never referred to again
};

// Whether content that comes again is to take its place. In SQL this is state > 1, which has indexes of its own.
[[nodiscard]] constexpr bool is_damaged(ObjectState state) {
  return state == ObjectState::kQuarantined || state == ObjectState::kUnreadable;
}

struct ObjectRow {
  std::int64_t id = 0;
  std::int64_t user = 0;
  Digest sha256{};
  std::uint64_t size = 0;
  TimeNs disk_mtime = 0;
  std::int64_t refs = 0;  // versions
  ObjectState state = ObjectState::kHealthy;
};

struct VersionRow {
  std::uint64_t id = 0;
  std::int64_t node = 0;
  std::int64_t object = 0;
  std::uint64_t size = 0;
  Attributes attributes;
  DeviceId device{};
  std::uint64_t change = 0;
  Kind kind = Kind::kFile;
  TimeNs created = 0;  // as found; insert_version() is told
};

// Every version may be one hard link in tree/, and ext4 allows 65,000 to a file. Whoever brings content starts another
// object from the first limit on; the second leaves room for those who looked before and brought none.
inline constexpr std::int64_t kFullRefs = 58'000;
inline constexpr std::int64_t kMaxRefs = 60'000;
// For reading only.
inline constexpr std::int64_t kAnyRefs = std::numeric_limits<std::int64_t>::max();

class ObjectTable {
 public:
  explicit ObjectTable(Database& database) : database_(database) {}

  // A healthy object with fewer references than `max_refs`.
  [[nodiscard]] std::optional<ObjectRow> find_content(std::int64_t user, const Digest& sha256,
                                                      std::int64_t max_refs = kFullRefs);
  // Healthy ones, `most` at most.
  [[nodiscard]] std::vector<ObjectRow> of_size(std::int64_t user, std::uint64_t size, std::size_t most);
  // Whether any object of this content is damaged, or any at all of this user's. Both look at nothing that is healthy.
  [[nodiscard]] bool has_damaged(std::int64_t user, const Digest& sha256);
  [[nodiscard]] bool has_damaged(std::int64_t user);
  // Of all damaged content of the user, if any of it may have this size: none is given if that is not known.
  [[nodiscard]] std::uint64_t damaged_bytes(std::int64_t user, std::optional<std::uint64_t> size);
  [[nodiscard]] std::optional<ObjectRow> find(std::int64_t id);
  void insert(const ObjectRow& row);
  void add_reference(std::int64_t id);
  // One version refers to another object than before, with the same content. It gets the size of that: the one before
  // may have been cut when it was recorded, by who could not read it.
  void move_reference(std::uint64_t version, std::int64_t from, std::int64_t to);
  void set_state(std::int64_t id, ObjectState state);
  void set_disk_mtime(std::int64_t id, TimeNs disk_mtime);
  void remove(std::int64_t id);
  // Of any state, after an id, in order.
  [[nodiscard]] std::vector<ObjectRow> after(std::int64_t id, int limit);
  // Unreferenced ones after an id, in order.
  [[nodiscard]] std::vector<ObjectRow> unreferenced(std::int64_t after, int limit);

  // Returns the new version's number.
  [[nodiscard]] std::uint64_t insert_version(const VersionRow& row, TimeNs created);
  [[nodiscard]] std::optional<VersionRow> find_version(std::uint64_t id);

 private:
  Database& database_;
};

}  // namespace ndisk::storage
