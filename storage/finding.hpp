// Finding: something in a data directory that is not as it should be, worded for people. A value; any thread.
#pragma once

#include <cstdint>
#include <string>

namespace ndisk::storage {

enum class FindingKind : std::uint8_t {
  kCatalog,  // the database file itself
  kObject,   // content on disk: missing, changed, or of another mode
  kRecord,   // rows that contradict each other
  kTotals,   // a number that is kept and can be counted
  kUpload,   // a staged file that is not what its row says
  kTree,     // DATA/tree does not show what the catalog says
  kLitter,   // a file that nothing refers to
};

// "object"; the words of docs/operations.md.
[[nodiscard]] constexpr const char* finding_word(FindingKind kind) {
  switch (kind) {
    case FindingKind::kCatalog: return "catalog";
    case FindingKind::kObject: return "object";
    case FindingKind::kRecord: return "record";
    case FindingKind::kTotals: return "totals";
    case FindingKind::kUpload: return "upload";
    case FindingKind::kTree: return "tree";
    case FindingKind::kLitter: return "litter";
  }
  return "";
}

struct Finding {
  FindingKind kind = FindingKind::kRecord;
  std::string user{};         // empty: none in particular
  std::string path{};         // in the user's drive, bytes; below DATA if there is no user; empty: none
  std::uint64_t version = 0;  // 0: none
  std::string cause{};        // what is wrong
  std::string advice{};       // what to do about it
  bool damage = true;         // false: litter, or a remark
  bool mended = false;
  std::string kept{};  // where a repair moved what stood there, below DATA; empty: nothing was moved
};

}  // namespace ndisk::storage
