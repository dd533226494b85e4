#include "client/output.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

constexpr char kClearLine[] = "\r\x1b[K";

Result<void> write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::write(descriptor, bytes.data(), bytes.size());
    if (count >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      pollfd ready{descriptor, POLLOUT, 0};
      ::poll(&ready, 1, -1);
    } else if (errno == EPIPE) {
      std::_Exit(kExitAfterBrokenPipe);
    } else if (errno != EINTR) {
      return fail_errno(errno, "writing", "standard output");
    }
  }
  return {};
}

}  // namespace

std::string printable(std::string_view message) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (is_utf8(message) && std::ranges::none_of(message, is_control)) return std::string(message);
  return shown_name(message);
}

Result<void> Output::flush() {
  if (pending_.empty() || !failure_) return failure_;
  // Both streams may end at the same terminal: the line at its bottom makes room.
  const auto status = status_;
  show_status("");
  failure_ = write_all(STDOUT_FILENO, pending_);
  pending_.clear();
  show_status(status);
  return failure_;
}

void Output::note(std::string_view message) {
  if (!quiet_) write_error_stream("ndisk: " + printable(message) + "\n");
}

void Output::error(const Error& error, std::string_view path) {
  write_error_stream("ndisk: " + printable(error.message) + "\n");
  if (!json_) return;
  JsonFields fields{
      {"type", std::string("error")}, {"code", std::string(error_name(error.code))}, {"message", error.message}};
  if (!path.empty()) add_path(fields, path);
  add_object(fields);
  // Nobody else may come by to write it: a million errors are no more than one in memory.
  [[maybe_unused]] const auto written = flush();  // said at the end
}

void Output::side_line(std::string_view line) { write_error_stream(std::string(line) + "\n"); }

void Output::write_error_stream(std::string_view line) {
  std::string text;
  if (!status_.empty()) text = kClearLine;
  text += line;
  text += status_;
  // Nowhere is left to say that standard error can't be written.
  for (std::string_view rest = text; !rest.empty();) {
    const auto count = ::write(STDERR_FILENO, rest.data(), rest.size());
    if (count < 0 && errno != EINTR) return;
    if (count > 0) rest.remove_prefix(static_cast<std::size_t>(count));
  }
}

void Output::show_status(std::string_view line) {
  if (line == status_) return;
  status_.clear();
  write_error_stream(std::string(kClearLine) + std::string(line));
  status_ = line;
}

}  // namespace ndisk::client
