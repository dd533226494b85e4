// Which entries of a remote tree are wanted: by --include and --exclude, and by --files-from. Asked in the order of the
// tree, each entry once. Pure; one thread at a time.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/filter/filter.hpp"

namespace ndisk::client {

class EntrySelection {
 public:
  enum class Verdict : std::uint8_t {
    kTake,
    kThrough,   // a folder that is there only for what is in it
    kLeaveOut,  // and with a folder all that is below it
  };

  // `names` are those of --files-from (parse_names). Both must outlive this.
  EntrySelection(const Filter& filter, const std::optional<std::vector<std::string>>& names)
      : filter_(filter), names_(names) {}

  [[nodiscard]] Verdict next(const std::string& path, bool is_folder);
  // After the last entry: names of --files-from that were not there, unless a filter left them out.
  [[nodiscard]] std::vector<std::string> missing();

 private:
  // What --files-from says of it; nothing: filters decide.
  [[nodiscard]] std::optional<Verdict> by_names(const std::string& path, bool is_folder);
  void pass_over();

  const Filter& filter_;
  const std::optional<std::vector<std::string>>& names_;
  std::size_t at_ = 0;
  std::optional<std::string> left_out_;  // the last folder that was
  std::optional<std::string> covering_;  // the last name that was there: all below it is taken
  std::vector<std::string> missing_;
};

}  // namespace ndisk::client
