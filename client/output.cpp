#include "client/output.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>

#include "common/protocol/shown_invite.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

constexpr char kClearLine[] = "\r\x1b[K";

// So much a pipe takes without a wait once it takes anything.
constexpr std::size_t kSlice = PIPE_BUF;
constexpr int kLookMilliseconds = 100;
constexpr int kLooksInHurry = 5;

}  // namespace

std::string printable(std::string_view message) {
  auto shown = protocol::without_secrets(message);
  return is_printable(shown) ? shown : shown_name(shown);
}

// Whether standard output takes something, or gives an error, without a wait. False: not in time, after hurry().
bool Output::is_taken() const {
  for (int looks = 0; looks < kLooksInHurry; looks = hurried_ ? looks + 1 : 0) {
    pollfd output{STDOUT_FILENO, POLLOUT, 0};
    const int ready = ::poll(&output, 1, kLookMilliseconds);
    if (ready > 0 || (ready < 0 && errno != EINTR)) return true;
  }
  return false;
}

Result<void> Output::write_all(std::string_view bytes) const {
  while (!bytes.empty()) {
    if (!is_taken()) return fail(ErrorCode::kCancelled, "interrupted while nobody read the output");
    const auto count = ::write(STDOUT_FILENO, bytes.data(), std::min(bytes.size(), kSlice));
    if (count >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EPIPE) {
      std::_Exit(kExitAfterBrokenPipe);
    } else if (errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK) {
      return fail_errno(errno, "writing", "standard output");
    }
  }
  return {};
}

Result<void> Output::flush() {
  if (pending_.empty() || !failure_) return failure_;
  // Both streams may end at the same terminal: the line at its bottom makes room.
  const auto status = status_;
  show_status("");
  failure_ = write_all(pending_);
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
  JsonFields fields{{"type", std::string("error")},
                    {"code", std::string(error_name(error.code))},
                    {"message", protocol::without_secrets(error.message)}};
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
