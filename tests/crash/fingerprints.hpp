// Fingerprints: tells the disks that a power cut may leave at a boundary from each other, without making them.
//
// A file or folder by itself is a cell, and each name in a folder is one. A loss changes the few cells that its
// operation is about; what becomes of a cell is worked out once for each choice of what is lost of its own operations.
// The fingerprint of a disk is that of the cells that names lead to from the root, so a pair of losses costs hardly
// more than that walk.
//
// Two disks have one fingerprint if they are equal in every name, type, mode, mtime and content, or differ only in
//   log tails (LogTails::kFolded): what SQLite's checksums refuse at the end of a database's log, and the log's mtime;
//   idle folders (Idle::kFolded): which of the folders 00 to ff of an objects/ are there, of those that neither the
//     disk at the beginning nor any operation of the record puts a name in or takes away, and when these were made.
//     How many are there counts, and their modes. The server makes, syncs and visits all 256 in loops that treat them
//     alike.
#pragma once

#include <optional>
#include <set>
#include <unordered_map>

#include "tests/crash/cursor.hpp"

namespace ndisk::crash {

enum class Idle : std::uint8_t { kCount, kFolded };

struct Folding {
  LogTails log_tails = LogTails::kFolded;
  Idle idle = Idle::kFolded;
};

// Folders that are folded: see above.
[[nodiscard]] std::set<InodeId> find_idle_folders(const DiskImage& initial, const std::vector<Operation>& record);

// One thread at a time.
class Fingerprints {
 public:
  // The record must outlive it.
  Fingerprints(const DiskImage& initial, const std::vector<Operation>& record, Folding folding);

  // Begins anew at the cursor's boundary, which only goes forward. The cursor must stay there while `of` is called.
  void stand_at(const Cursor& cursor);

  // Of the disk that these losses leave, which are of what is pending at this boundary.
  [[nodiscard]] std::uint64_t of(const Losses& losses);
  // The same without the content, mode and mtime of these. Nothing if one of them is not on any of the disks here.
  [[nodiscard]] std::optional<std::uint64_t> of(const Losses& losses, const std::set<InodeId>& hidden);

 private:
  struct Value {
    std::uint64_t plain = 0;
    std::uint64_t as_log = 0;  // if the name that leads to it is one of a database's log
  };
  struct Node {
    InodeId id = 0;
    const Inode* base = nullptr;          // none if these operations make it
    std::vector<std::size_t> operations;  // that the base lacks, by their place in the record
    std::vector<std::uint32_t> names;     // of a folder; in the order of names, without steady ones
    std::uint64_t steady = 0;             // of a folder: the sum of its steady names' idle folders that are there
    bool is_idle = false;
    Value whole;               // with nothing lost
    Value value;               // with what is lost just now
    std::uint64_t met_in = 0;  // which walk
    std::uint64_t number = 0;  // in the order of that walk
  };
  struct Name {
    InodeId folder = 0;
    std::string text;
    std::uint64_t hash = 0;
    bool is_log = false;
    bool is_steady = false;  // leads to an idle folder that nothing changes, or to nothing
    std::vector<std::size_t> operations;
    std::uint32_t base = kNothing;  // the node that it led to before these operations
    std::uint32_t whole = kNothing;
    std::uint32_t leads_to = kNothing;
  };
  // Values of one inode by what is lost of it; good while no operation is added to those that it had.
  struct Known {
    std::size_t last_operation = 0;
    std::unordered_map<std::uint64_t, Value> values;
  };
  static constexpr std::uint32_t kNothing = UINT32_MAX;

  void note_base(const DiskImage& base);
  void note_operation(std::size_t place);
  std::uint32_t node(InodeId id);
  std::uint32_t name(InodeId folder, const std::string& text);
  [[nodiscard]] std::uint32_t target(const Name& name, const Losses& losses) const;
  Value value(const Node& node, const Losses& losses);
  [[nodiscard]] Value work_out(const Node& node, const Losses& losses) const;
  void change(const Losses& losses, const std::set<InodeId>* hidden);
  void lead_to(Name& name, std::uint32_t target);
  void sum_up_steady(Node& folder);
  std::uint64_t walk();
  void enter(const Node& folder, std::uint64_t path, std::uint64_t& sum);

  const std::vector<Operation>& record_;
  const Folding folding_;
  const std::set<InodeId> idle_;
  std::vector<Node> nodes_;
  std::vector<Name> names_;
  std::unordered_map<InodeId, std::uint32_t> node_numbers_;
  std::map<std::pair<InodeId, std::string>, std::uint32_t> name_numbers_;
  std::unordered_map<InodeId, Known> known_;
  std::size_t first_place_ = 0;
  // The names that an operation is about, one or two, by its place after the first.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> names_of_;
  std::vector<std::uint32_t> changed_nodes_;
  std::vector<std::uint32_t> changed_names_;
  std::uint64_t walks_ = 0;
  std::uint64_t met_ = 0;
};

}  // namespace ndisk::crash
