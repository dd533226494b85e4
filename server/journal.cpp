#include "server/journal.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace ndisk::server {
namespace {

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

}  // namespace

bool is_journal(std::string_view journal_stream, int descriptor) {
  struct stat info {};
  if (journal_stream.empty() || ::fstat(descriptor, &info) != 0) return false;
  return journal_stream == std::to_string(info.st_dev) + ":" + std::to_string(info.st_ino);
}

bool output_is_logged() {
  if (is_journal(variable("JOURNAL_STREAM"), STDOUT_FILENO)) return true;
  // A shell in a desktop session inherits the variables of a service; only a service itself finds its own number there.
  return variable("SYSTEMD_EXEC_PID") == std::to_string(::getpid()) && ::isatty(STDOUT_FILENO) == 0;
}

}  // namespace ndisk::server
