// CopyPlan: which parts of a new content are in an old one, and which have to be sent. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "common/chunks/chunker.hpp"

namespace ndisk::chunks {

// Part of a content.
struct Range {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;

  friend bool operator==(const Range&, const Range&) = default;
};

// Old chunks by their hashes. Holds 24 bytes a chunk.
class KnownChunks {
 public:
  void add(const Chunk& chunk, std::uint64_t offset);
  // Those of parts of the old content, each of which was cut by itself, in their order.
  void add(std::span<const Range> parts, std::span<const Chunk> chunks);
  // Once, after the last add() and before the first find().
  void sort();
  // Where such a chunk begins in the old content. Of several, the one at `preferred` if it is one of them: what follows
  // each other there is one piece then.
  [[nodiscard]] std::optional<std::uint64_t> find(const Chunk& chunk, std::uint64_t preferred) const;
  [[nodiscard]] std::size_t count() const { return places_.size(); }

 private:
  struct Place {
    std::uint64_t hash;
    std::uint32_t length;
    std::uint64_t offset;

    auto operator<=>(const Place&) const = default;
  };

  std::vector<Place> places_;
};

// Consecutive bytes of the new content.
struct Piece {
  std::uint64_t length = 0;
  std::optional<std::uint64_t> old_offset;  // nothing: they have to be sent

  friend bool operator==(const Piece&, const Piece&) = default;
};

struct CopyPlan {
  std::vector<Piece> pieces;  // of the whole new content, none empty, as few as can be
  std::uint64_t copied = 0;   // bytes
  std::uint64_t sent = 0;
};

// Puts a plan together, from the beginning of the new content to its end.
class PlanBuilder {
 public:
  void copy(std::uint64_t length, std::uint64_t old_offset);
  void send(std::uint64_t length);
  // What `old` has of these chunks is copied, the others are sent.
  void add(const KnownChunks& old, std::span<const Chunk> wanted);
  [[nodiscard]] CopyPlan take() { return std::move(plan_); }

 private:
  CopyPlan plan_;
  std::uint64_t behind_last_ = 0;  // in the old content
};

// Whether the new content, of `size` bytes, is the beginning of the old one.
[[nodiscard]] bool is_all_of(const CopyPlan& plan, std::uint64_t size);

// Where one is in a plan for a content of `size` bytes, which it may not cover to the end: what it says nothing of has
// to be sent. The plan must outlive this.
class PlanWalk {
 public:
  PlanWalk(const CopyPlan& plan, std::uint64_t size) : plan_(plan), size_(size) {}
  // The rest of the piece at `offset`, which is below the size, and no lower than in the call before.
  [[nodiscard]] Piece at(std::uint64_t offset);

 private:
  const CopyPlan& plan_;
  const std::uint64_t size_;
  std::size_t index_ = 0;
  std::uint64_t begin_ = 0;  // of the piece at index_
};

}  // namespace ndisk::chunks
