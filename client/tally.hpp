// What became of each thing that a command was asked to do, and the exit code that follows. The I/O thread only.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string_view>

#include "client/output.hpp"

namespace ndisk::client {

// The version of docs/json.md that the objects follow: it grows when a field goes or changes its meaning.
inline constexpr std::uint64_t kJsonSchema = 1;

// The numbers of a summary, the last object of every command.
struct Summary {
  std::string_view command;  // empty: the command line named none
  std::uint64_t done = 0;
  std::uint64_t failed = 0;
  std::uint64_t bytes = 0;
  std::uint64_t unchanged = 0;
  int exit_code = 0;
};
[[nodiscard]] JsonFields summary_fields(const Summary& summary);

class Tally {
 public:
  explicit Tally(Output& output) : output_(output) {}

  void done(std::uint64_t bytes = 0, std::uint64_t count = 1) { done_ += count, bytes_ += bytes; }
  // There was nothing to do for it.
  void unchanged() { ++unchanged_; }
  // Something is not as it has to be; the caller has said so. It makes the exit code that of kIntegrity.
  void differed() { ++failed_, differed_ = true; }
  // Says the error, with the name in front if the message lacks it. `name` is local or remote, as bytes.
  void failed(const Error& error, std::string_view name);
  // Nothing more can succeed: said once, however often it is met; each time counts as one that failed.
  void gave_up(const Error& error);

  // 0 if nothing failed; the code of what made the command give up; that of kIntegrity for a difference; the one code
  // that all failures share if nothing was done; else that of kSomeFailed.
  [[nodiscard]] int exit_code() const;
  // The last line of JSON output.
  [[nodiscard]] JsonFields summary(std::string_view command, int code) const;

 private:
  Output& output_;
  std::uint64_t done_ = 0;
  std::uint64_t failed_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t unchanged_ = 0;
  bool differed_ = false;
  std::set<ErrorCode> codes_;
  std::optional<ErrorCode> gave_up_;
};

}  // namespace ndisk::client
