// Whether a listing is one that may be written to disk: strictly in the order of trees (tree_order.hpp), and nothing
// below what is no folder.
//
// A server that listed `a` as a link and then `a/b` as a file could otherwise write wherever the link leads. Constant
// memory: the last entry says it all, for every folder above it was listed before it. Pure; one thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/error.hpp"

namespace ndisk::client {

class ListingOrder {
 public:
  enum class Shape : std::uint8_t {
    kOneFolder,  // one folder's own entries
    kTree,       // all that is below, a folder's contents directly after it
    kFiltered,   // entries of a tree, of which any may be left out
  };

  explicit ListingOrder(Shape shape) : shape_(shape) {}

  // `path` is relative to what is listed, and keeps the rules of paths. kProtocol, naming the rule that it breaks.
  [[nodiscard]] Result<void> check(std::string_view path, bool is_folder);
  // The drive may have changed before the page that comes now.
  void begin_page() { page_begins_after_file_ = !last_is_folder_ && !last_.empty(); }
  // Whether it is below what the page before ended with, a file or link: that has become a folder since. Nobody wants
  // it: such a tree never was. Only before anything else of the page was checked.
  [[nodiscard]] bool is_overtaken(std::string_view path) const;
  // The next entry comes after `path`; what lies between was not asked for.
  void skip_to(std::string_view path) { last_ = path, last_is_folder_ = true; }

 private:
  Shape shape_;
  std::string last_;
  bool last_is_folder_ = false;
  bool page_begins_after_file_ = false;
};

}  // namespace ndisk::client
