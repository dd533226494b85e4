// A shared object that is loaded into a real server (LD_PRELOAD) and stands for a fault that gave somebody its process:
// on SIGUSR1, in whichever of its threads, it tries what the server has no need for, by system calls of its own, and
// adds a line for each to a report that it opened before the server confined itself: "read 13", 0 where it succeeded.
// NDISK_INTRUDER names three paths, one a line: a folder to break into, the data directory, and the report. Takes no
// memory once it is loaded.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace ndisk::faults {
namespace {

struct Plan {
  std::string secret, made, victim, moved, inside;
  int report = -1;
};

Plan* plan = nullptr;

void report(const char* what, bool succeeded) {
  char line[64];
  const int error = succeeded ? 0 : errno;
  const int size = std::snprintf(line, sizeof line, "%s %d\n", what, error);
  if (::write(plan->report, line, static_cast<std::size_t>(size)) != size) ::abort();
}

bool can_read(const char* path) {
  const int file = ::open(path, O_RDONLY | O_CLOEXEC);
  char byte = 0;
  const bool done = file >= 0 && ::read(file, &byte, 1) == 1;
  if (file >= 0) ::close(file);
  return done;
}

bool can_write(const char* path, int flags) {
  const int file = ::open(path, O_WRONLY | O_CLOEXEC | flags, 0600);
  const bool done = file >= 0 && ::write(file, "broken into", 11) == 11;
  if (file >= 0) ::close(file);
  return done;
}

bool can_run(const char* program) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::execl(program, program, nullptr);
    ::_exit(errno);
  }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child) return false;
  errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
  return errno == 0;
}

void break_out(int /*signal*/) {
  const int kept = errno;
  report("read", can_read(plan->secret.c_str()));
  report("write", can_write(plan->secret.c_str(), 0));
  report("make", can_write(plan->made.c_str(), O_CREAT | O_EXCL));
  report("move", ::rename(plan->victim.c_str(), plan->moved.c_str()) == 0);
  report("remove", ::unlink(plan->victim.c_str()) == 0);
  report("run", can_run("/bin/true"));
  report("inside", can_write(plan->inside.c_str(), O_CREAT));
  report("end", true);
  errno = kept;
}

std::string next_line(const char*& text) {
  std::string line;
  while (*text != '\0' && *text != '\n') line.push_back(*text++);
  if (*text == '\n') ++text;
  return line;
}

__attribute__((constructor)) void lie_in_wait() {
  const char* text = std::getenv("NDISK_INTRUDER");
  if (text == nullptr) return;
  const auto outside = next_line(text);
  const auto data = next_line(text);
  const auto report = next_line(text);
  plan = new Plan{outside + "/secret", outside + "/made",
                  outside + "/victim", outside + "/moved",
                  data + "/intruder",  ::open(report.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600)};
  struct sigaction action {};
  action.sa_handler = break_out;
  action.sa_flags = SA_RESTART;
  if (plan->report < 0 || ::sigaction(SIGUSR1, &action, nullptr) != 0) std::abort();
}

}  // namespace
}  // namespace ndisk::faults
