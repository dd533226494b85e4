#include "common/beneath.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdarg>
#include <filesystem>
#include <fstream>

#include "tests/catch.hpp"
#include "tests/temporary_folder.hpp"
#include "tests/without_openat2.hpp"

namespace ndisk {
namespace {

namespace fs = std::filesystem;

int interruptions = 0;  // of the next calls of openat2

}  // namespace

// This program's own syscall(), in place of the C library's.
extern "C" {
long ndisk_syscall(long number, ...) __asm__("syscall") __attribute__((used, visibility("default")));
long ndisk_syscall(long number, ...) {
  va_list list;
  va_start(list, number);
  long values[6];
  for (auto& value : values) value = va_arg(list, long);
  va_end(list);
  if (number == SYS_openat2 && interruptions > 0) {
    --interruptions;
    errno = EINTR;
    return -1;
  }
  static const auto real = reinterpret_cast<long (*)(long, ...)>(::dlsym(RTLD_NEXT, "syscall"));
  return real(number, values[0], values[1], values[2], values[3], values[4], values[5]);
}
}

namespace {

constexpr int kFolder = O_PATH | O_DIRECTORY | O_CLOEXEC;
constexpr int kNew = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;

// inside/one/two/three/file, and outside/ with the same below it.
struct Tree {
  TemporaryFolder root;
  int inside = -1;

  Tree() {
    for (const char* top : {"inside", "outside"}) {
      fs::create_directories(path(top) + "/one/two/three");
      for (const char* file : {"/file", "/one/file", "/one/two/file", "/one/two/three/file"}) {
        std::ofstream(path(top) + file) << top;
      }
    }
    inside = ::open(path("inside").c_str(), kFolder);
  }
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;
  ~Tree() { ::close(inside); }

  [[nodiscard]] std::string path(const std::string& name) const { return root.path() + "/" + name; }
  // In place of what is there.
  void plant(const std::string& name, const std::string& target) const {
    fs::remove_all(path(name));
    fs::create_symlink(target, path(name));
  }
  // 0, or the error.
  [[nodiscard]] int open(const std::string& name, int flags = O_RDONLY | O_CLOEXEC) const {
    const int opened = open_beneath(inside, name, flags, 0600);
    if (opened < 0) return errno;
    ::close(opened);
    return 0;
  }
};

// What `call` returns here, and where openat2 fails with this error.
void check_always(const std::function<int()>& call) {
  SECTION("with openat2") { CHECK(call() == 0); }
  SECTION("on a kernel without it") { CHECK(without_openat2(ENOSYS, call) == 0); }
  SECTION("where a filter keeps it from us") { CHECK(without_openat2(EPERM, call) == 0); }
}

std::ptrdiff_t open_descriptors() {
  return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator());
}

}  // namespace

TEST_CASE("beneath: opens files and folders at any depth, and makes files there") {
  const Tree tree;
  check_always([&] {
    for (const char* file : {"file", "one/file", "one/two/three/file"}) {
      if (tree.open(file) != 0) return 1;
    }
    for (const char* folder : {"one", "one/two", "one/two/three"}) {
      if (tree.open(folder, kFolder) != 0) return 2;
    }
    if (tree.open("one/two/new", kNew) != 0) return 3;
    struct stat made {};
    if (::stat(tree.path("inside/one/two/new").c_str(), &made) != 0 || (made.st_mode & 07777) != 0600) return 4;
    return tree.open("one/two/new", kNew) == EEXIST ? 0 : 5;
  });
}

TEST_CASE("beneath: a link to a folder is not followed, at whatever depth it was planted") {
  const auto* const planted = GENERATE("one", "one/two", "one/two/three");
  const Tree tree;
  tree.plant(std::string("inside/") + planted, tree.path(std::string("outside/") + planted));
  check_always([&] {
    if (tree.open("one/two/three/file") != ELOOP) return 1;
    if (tree.open("one/two/three/new", kNew) != ELOOP) return 2;
    if (tree.open("one/two/three", kFolder) != ELOOP) return 3;
    if (tree.open("one/two/three", kFolder | O_NOFOLLOW) != ELOOP) return 4;
    return fs::exists(tree.path("outside/one/two/three/new")) ? 5 : 0;
  });
}

TEST_CASE("beneath: a link at the end is not followed, at whatever depth, wherever it leads") {
  const std::string planted = GENERATE("file", "one/file", "one/two/three/file");
  const Tree tree;
  const std::string target = GENERATE("nowhere", "inside/one/two/file", "outside/file");
  tree.plant("inside/" + planted, tree.path(target));
  check_always([&] {
    if (tree.open(planted) != ELOOP) return 1;
    if (tree.open(planted, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC) != ELOOP) return 2;
    if (fs::exists(tree.path("nowhere"))) return 3;
    return fs::file_size(tree.path("outside/file")) == 0 ? 4 : 0;
  });
}

TEST_CASE("beneath: a path that leads out is refused, and so is every one with two dots for a part") {
  const Tree tree;
  check_always([&] {
    for (const char* path : {"..", "../outside/file", "one/../../outside/file", "one/../file", "one/..", "/"}) {
      if (tree.open(path) != EXDEV) return 1;
    }
    return tree.open(tree.path("inside/file")) == EXDEV ? 0 : 2;
  });
}

TEST_CASE("beneath: dots that are part of a name lead nowhere else") {
  const Tree tree;
  for (const char* name : {"one/..file", "one/file..", "...", "one/a..b"}) std::ofstream(tree.path("inside/") + name);
  check_always([&] {
    for (const char* name : {"one/..file", "one/file..", "...", "one/a..b", "one/./file"}) {
      if (tree.open(name) != 0) return 1;
    }
    return 0;
  });
}

TEST_CASE("beneath: what is missing, and what is no folder, is told from a link") {
  const Tree tree;
  check_always([&] {
    if (tree.open("one/none") != ENOENT || tree.open("none/file") != ENOENT || tree.open("") != ENOENT) return 1;
    if (tree.open("one/file/file") != ENOTDIR) return 2;
    return tree.open("one/two/file", kFolder) == ENOTDIR ? 0 : 3;
  });
}

TEST_CASE("beneath: keeps no descriptor but the one that it gives") {
  const Tree tree;
  tree.plant("inside/one/link", "two");
  check_always([&] {
    const auto before = open_descriptors();
    for (const char* name : {"one/two/three/file", "one/two/three/none", "one/link/three/file"}) (void)tree.open(name);
    return open_descriptors() == before && ::fcntl(tree.inside, F_GETFD) >= 0 ? 0 : 1;
  });
}

TEST_CASE("beneath: a call that a signal interrupted is made again") {
  const Tree tree;
  interruptions = 3;
  CHECK(tree.open("one/two/file") == 0);
  CHECK(interruptions == 0);
}

TEST_CASE("beneath: any other error of openat2 is the answer, and is not tried again") {
  const unsigned error = GENERATE(EAGAIN, EACCES, EMFILE);
  const Tree tree;
  CHECK(without_openat2(error, [&] { return tree.open("one/two/file"); }) == static_cast<int>(error));
}

}  // namespace ndisk
