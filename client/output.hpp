// What the program says: results on standard output, plain or as JSON lines; all else on standard error.
//
// The I/O thread only, save flush() where it says so. A reader of standard output that went away (EPIPE) ends the
// process quietly, as SIGPIPE would.
#pragma once

#include <atomic>
#include <string>
#include <string_view>

#include "client/json_line.hpp"
#include "client/options.hpp"
#include "common/error.hpp"

namespace ndisk::client {

// Of a process whose standard output nobody reads any more.
inline constexpr int kExitAfterBrokenPipe = 1;

// Words of others, fit to be shown: without secrets of invites, and escaped like a name if they hold control characters
// or are not UTF-8.
[[nodiscard]] std::string printable(std::string_view message);

class Output {
 public:
  explicit Output(const GlobalOptions& options)
      : json_(options.json), verbose_(options.verbose), quiet_(options.quiet) {}

  [[nodiscard]] bool json() const { return json_; }
  // Whether put, get and rm print a line for each thing done.
  [[nodiscard]] bool prints_each() const { return json_ || verbose_; }

  // Adds to what flush() writes; nothing is written before.
  void add(std::string_view bytes) { pending_ += bytes; }
  void add_line(std::string_view line) { pending_.append(line).push_back('\n'); }
  void add_object(const JsonFields& fields) { add_line(to_json_line(fields)); }
  // Writes all that was added to standard output. May be run on another thread while nothing else is called. After an
  // error every later call gives the same one: kCancelled if a reader took nothing after hurry().
  Result<void> flush();
  // The program is to end: who reads standard output has half a second from now on to take something, each time. Any
  // thread.
  void hurry() { hurried_ = true; }

  // A message for a person, "ndisk: " in front; not with --quiet.
  void note(std::string_view message);
  // The same, always; in JSON mode an object on standard output too, written at once. `path` is what it is about, as
  // the user named it.
  void error(const Error& error, std::string_view path = {});
  // One JSON object, or one line, on standard error as it is.
  void side_line(std::string_view line);

  // The line that stays at the bottom of the terminal, without newline; empty takes it away.
  void show_status(std::string_view line);

 private:
  void write_error_stream(std::string_view line);
  [[nodiscard]] Result<void> write_all(std::string_view bytes) const;
  [[nodiscard]] bool is_taken() const;

  bool json_;
  bool verbose_;
  bool quiet_;
  std::string pending_;
  std::string status_;
  Result<void> failure_;
  std::atomic<bool> hurried_ = false;
};

}  // namespace ndisk::client
