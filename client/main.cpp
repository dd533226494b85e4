// ndisk: the client of an ndisk server.
#include <fcntl.h>
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "client/app.hpp"
#include "client/commands/command_line.hpp"
#include "client/shell_quote.hpp"

namespace {

constexpr int kKeptBlockBytes = 4 << 20;
constexpr int kKeptHeapBytes = 16 << 20;

// A standard stream that is closed would give its number to the next thing that is opened. In its place comes one that
// fails to read or write, as a closed one does.
void fill_standard_streams() {
  for (int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF) continue;
    const int opened = ::open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    if (opened >= 0 && opened != descriptor) ::close(opened);
  }
}

void prepare_process() {
  fill_standard_streams();
  // A reader of our output that goes away is noticed where we write.
  std::signal(SIGPIPE, SIG_IGN);
  // And so is a file that becomes larger than this process may make them.
  std::signal(SIGXFSZ, SIG_IGN);
  // Many small files are open at once.
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
  // Buffers go from thread to thread: an arena for each thread would only keep more of them.
  ::mallopt(M_ARENA_MAX, 2);
  // Blocks of content are kept for the next ones: given back to the system, each would cost a fault a page again.
  ::mallopt(M_MMAP_THRESHOLD, kKeptBlockBytes);
  ::mallopt(M_TRIM_THRESHOLD, kKeptHeapBytes);
}

}  // namespace

int main(int argc, char** argv) {
  prepare_process();
  auto parsed = ndisk::client::parse_command_line(argc, argv);
  if (const auto* now = std::get_if<ndisk::client::ExitNow>(&parsed)) return now->code;
  auto& invocation = std::get<ndisk::client::Invocation>(parsed);
  invocation.global.command_line = ndisk::client::shell_line({argv, static_cast<std::size_t>(argc)});
  return ndisk::client::run(invocation);
}
