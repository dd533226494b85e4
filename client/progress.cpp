#include "client/progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <cstdlib>
#include <iterator>
#include <string_view>

#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

constexpr auto kLineEvery = std::chrono::milliseconds(100);
constexpr auto kJsonEvery = std::chrono::milliseconds(1000);
constexpr double kSmoothing = 0.2;  // the weight of the newest measurement in the shown rate

std::size_t terminal_columns() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

bool has_capable_terminal() {
  const char* terminal = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) == 1 && terminal != nullptr && std::string_view(terminal) != "dumb";
}

// Cuts at a character's start, so that a name in UTF-8 stays whole.
std::string cut(std::string line, std::size_t columns) {
  if (line.size() <= columns) return line;
  while (columns > 0 && (static_cast<unsigned char>(line[columns]) & 0xC0) == 0x80) --columns;
  line.resize(columns);
  return line;
}

}  // namespace

std::string shown_size(std::uint64_t bytes) {
  constexpr const char* kUnits[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
  if (bytes < 1000) return fmt::format("{} B", bytes);
  auto value = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  while (value >= 999.95 && unit + 1 < std::size(kUnits)) {
    value /= 1000;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string shown_duration(std::uint64_t seconds) {
  const auto hours = seconds / 3600, minutes = seconds / 60 % 60;
  if (hours > 0) return fmt::format("{}:{:02}:{:02}", hours, minutes, seconds % 60);
  return fmt::format("{}:{:02}", minutes, seconds % 60);
}

std::string render_progress(const ProgressNumbers& numbers, std::size_t columns) {
  std::string line = shown_size(numbers.bytes_done);
  const bool total_known = numbers.all_found && numbers.bytes_found >= numbers.bytes_done;
  if (total_known) {
    line += "/" + shown_size(numbers.bytes_found);
    const auto share = numbers.bytes_found == 0
                           ? 1.0
                           : static_cast<double>(numbers.bytes_done) / static_cast<double>(numbers.bytes_found);
    line += fmt::format(" {}%", static_cast<int>(share * 100));
  }
  if (numbers.bytes_per_second >= 1) {
    line += " " + shown_size(static_cast<std::uint64_t>(numbers.bytes_per_second)) + "/s";
    if (total_known) {
      const auto left = static_cast<double>(numbers.bytes_found - numbers.bytes_done) / numbers.bytes_per_second;
      line += " ETA " + shown_duration(static_cast<std::uint64_t>(left + 0.5));
    }
  }
  line += fmt::format(" files {}/{}{}", numbers.files_done, numbers.files_found, numbers.all_found ? "" : "+");
  if (!numbers.note.empty()) line += " " + numbers.note;
  return cut(std::move(line), columns);
}

Progress::Progress(const net::Executor& executor, const GlobalOptions& options, Output& output)
    : mode_(Mode::kNone), output_(output), measured_at_(std::chrono::steady_clock::now()), timer_(executor) {
  if (options.progress == ProgressMode::kJson) mode_ = Mode::kJson;
  if (options.progress == ProgressMode::kAuto && !options.quiet && has_capable_terminal()) mode_ = Mode::kLine;
}

void Progress::file_done() {
  ++numbers_.files_done;
  numbers_.note.clear();
}

void Progress::found(std::uint64_t bytes) {
  ++numbers_.files_found;
  numbers_.bytes_found += bytes;
}

void Progress::resumed(std::string_view name, std::uint64_t offset) {
  numbers_.note = "resuming " + shown_name(name) + " from " + shown_size(offset);
}

void Progress::checking(std::string_view name) { numbers_.note = "checking " + shown_name(name); }

void Progress::measure() {
  const auto now = std::chrono::steady_clock::now();
  const auto seconds = std::chrono::duration<double>(now - measured_at_).count();
  if (seconds <= 0) return;
  const auto rate = static_cast<double>(moved_ - measured_) / seconds;
  const bool first = measured_ == 0;
  numbers_.bytes_per_second = first ? rate : numbers_.bytes_per_second * (1 - kSmoothing) + rate * kSmoothing;
  measured_ = moved_;
  measured_at_ = now;
}

void Progress::show() {
  if (mode_ == Mode::kLine) return output_.show_status(render_progress(numbers_, terminal_columns() - 1));
  output_.side_line(to_json_line({{"type", std::string("progress")},
                                  {"files_done", numbers_.files_done},
                                  {"files_found", numbers_.files_found},
                                  {"all_found", numbers_.all_found},
                                  {"bytes_done", numbers_.bytes_done},
                                  {"bytes_found", numbers_.bytes_found},
                                  {"bytes_per_second", numbers_.bytes_per_second}}));
}

net::Task<> Progress::run() {
  if (mode_ == Mode::kNone) co_return;
  while (!stopped_) {
    timer_.expires_after(mode_ == Mode::kLine ? net::Duration(kLineEvery) : net::Duration(kJsonEvery));
    asio::error_code cancelled;
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    measure();
    if (!stopped_ || mode_ == Mode::kJson) show();
  }
  if (mode_ == Mode::kLine) output_.show_status("");
}

void Progress::stop() {
  stopped_ = true;
  timer_.cancel();
}

}  // namespace ndisk::client
