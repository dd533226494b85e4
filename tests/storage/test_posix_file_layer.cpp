#include "storage/posix_file_layer.hpp"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>

#include "tests/catch.hpp"
#include "tests/temporary_folder.hpp"

namespace ndisk::storage {
namespace {

namespace fs = std::filesystem;

// inside/ab/file, and a link from inside/planted to a folder beside it.
struct Planted {
  TemporaryFolder folder;
  PosixFileLayer files;
  Fd inside;

  Planted() {
    for (const char* name : {"/inside/ab", "/outside"}) fs::create_directories(folder.path() + name);
    for (const char* name : {"/inside/ab/file", "/outside/file"}) std::ofstream(folder.path() + name) << name;
    fs::create_directory_symlink(folder.path() + "/outside", folder.path() + "/inside/planted");
    inside = files.open(AT_FDCWD, folder.path() + "/inside", O_RDONLY | O_DIRECTORY, 0).value();
  }
  // 0, or the error.
  int open(const std::string& name, int flags = O_RDONLY) {
    const auto opened = files.open(inside.get(), name, flags, 0600);
    return opened ? 0 : opened.error().number;
  }
};

// What a child returns in which openat2 fails with this error.
int without_openat2(unsigned error, const std::function<int()>& call) {
  const pid_t child = ::fork();
  if (child == 0) {
    sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog program{std::size(filter), filter};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
      ::_exit(255);
    }
    ::_exit(call());
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

}  // namespace

TEST_CASE("file layer: a name of two parts is opened in its folder") {
  Planted planted;
  CHECK(planted.open("ab/file") == 0);
  CHECK(planted.open("ab/new", O_WRONLY | O_CREAT | O_EXCL) == 0);
  CHECK(fs::status(planted.folder.path() + "/inside/ab/new").permissions() == fs::perms(0600));
  CHECK(planted.open("ab/none") == ENOENT);
}

TEST_CASE("file layer: a folder that became a symbolic link is not followed, to read or to write") {
  Planted planted;
  CHECK(planted.open("planted/file") == ELOOP);
  CHECK(planted.open("planted/new", O_WRONLY | O_CREAT | O_EXCL) == ELOOP);
  CHECK(planted.open("../outside/file") == EXDEV);
  CHECK_FALSE(fs::exists(planted.folder.path() + "/outside/new"));
}

TEST_CASE("file layer: without openat2 a link on the way is not followed either") {
  const int error = GENERATE(ENOSYS, EPERM);
  Planted planted;
  const auto look = [&] {
    if (planted.files.open_beneath(planted.inside.get(), "ab/file", O_RDONLY)) return 1;
    if (planted.open("ab/file") != 0) return 2;
    if (planted.open("planted/file") != ENOTDIR) return 3;
    if (planted.open("planted/new", O_WRONLY | O_CREAT | O_EXCL) != ENOTDIR) return 4;
    return planted.open("ab/new", O_WRONLY | O_CREAT | O_EXCL);
  };
  CHECK(without_openat2(static_cast<unsigned>(error), look) == 0);
  CHECK(fs::exists(planted.folder.path() + "/inside/ab/new"));
  CHECK_FALSE(fs::exists(planted.folder.path() + "/outside/new"));
}

}  // namespace ndisk::storage
