// How far a transfer is: numbers from the engines, shown as a line on a terminal or as JSON objects.
//
// The I/O thread only, save render_progress (pure). run() ends after stop().
#pragma once

#include <asio/steady_timer.hpp>
#include <cstdint>
#include <string>

#include "client/options.hpp"
#include "client/output.hpp"
#include "common/net/task.hpp"

namespace ndisk::client {

struct ProgressNumbers {
  std::uint64_t files_done = 0;
  std::uint64_t files_found = 0;
  bool all_found = false;
  std::uint64_t bytes_done = 0;
  std::uint64_t bytes_found = 0;
  double bytes_per_second = 0;
  std::string note;  // "resuming song.mp3 from 1.2 GB", "checking song.mp3"; may be empty
};

// "1.2 GB/3.4 GB 35% 112 MB/s ETA 0:19 files 3/12", cut to `columns`. A total or time that is not known yet is left
// out.
[[nodiscard]] std::string render_progress(const ProgressNumbers& numbers, std::size_t columns);
// "0 B", "999 B", "1.0 kB", "12.3 MB": powers of 1000.
[[nodiscard]] std::string shown_size(std::uint64_t bytes);
// "0:19", "1:02:03".
[[nodiscard]] std::string shown_duration(std::uint64_t seconds);

class Progress {
 public:
  Progress(const net::Executor& executor, const GlobalOptions& options, Output& output);

  void found(std::uint64_t bytes);
  void all_found() { numbers_.all_found = true; }
  void moved(std::uint64_t bytes) { numbers_.bytes_done += bytes, moved_ += bytes; }
  // Done before this run: counts as done, not for the rate.
  void had_already(std::uint64_t bytes) { numbers_.bytes_done += bytes; }
  // Takes back what must be moved again.
  void lost(std::uint64_t bytes) { numbers_.bytes_done -= std::min(bytes, numbers_.bytes_done); }
  void file_done();
  void resumed(std::string_view name, std::uint64_t offset);
  // What is there already is being read, which moves nothing.
  void checking(std::string_view name);

  net::Task<> run();
  void stop();

 private:
  void show();
  void measure();

  enum class Mode : std::uint8_t { kNone, kLine, kJson };
  Mode mode_;
  Output& output_;
  ProgressNumbers numbers_;
  std::uint64_t moved_ = 0;
  std::uint64_t measured_ = 0;
  net::TimePoint measured_at_;
  asio::steady_timer timer_;
  bool stopped_ = false;
};

}  // namespace ndisk::client
