// The loop that accepts: what it does while nobody comes, and while nobody can be let in.
#include "server/listener.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>

#include "tests/common/net/run_task.hpp"
#include "tests/common/net/socket_pair.hpp"
#include "tests/server/captured_log.hpp"
#include "tests/temporary_folder.hpp"

namespace ndisk::server {
namespace {

using net::Executor;
using net::Task;
using storage::Fd;

constexpr int kTries = 60;

// The process may open no descriptor more.
class NoDescriptors {
 public:
  NoDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const int next = ::fcntl(0, F_DUPFD_CLOEXEC, 0);
    REQUIRE(next >= 0);
    ::close(next);
    auto none = before_;
    none.rlim_cur = static_cast<rlim_t>(next);
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  }
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit before_{};
};

struct Door {
  explicit Door(Executor own) : executor(own), tasks(own) {
    auto accepted = [this](Fd descriptor) { came.push_back(std::move(descriptor)); };
    auto pause = [this] {
      ++pauses;
      return net::settle(executor);
    };
    tasks.spawn(accept_all(listener, std::move(accepted), std::move(pause)));
  }

  Fd come() const {
    Fd peer(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::ranges::copy(listener.shown, address.sun_path);
    REQUIRE(::connect(peer.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    return peer;
  }

  Task<> close() {
    listener.socket.close();
    co_await tasks.join();
  }

  Executor executor;
  TemporaryFolder folder;
  Listener listener = listen_unix(executor, folder.path()).value();
  std::vector<Fd> came;
  int pauses = 0;
  net::TaskGroup tasks;
};

Task<> waits_without_a_deadline(Executor executor) {
  Door door(executor);
  for (std::size_t i = 1; i <= 2; ++i) {
    co_await net::settle(executor);
    CHECK_FALSE(door.listener.socket.has_deadline());
    const auto peer = door.come();
    co_await net::settle(executor);
    CHECK(door.came.size() == i);
  }
  co_await door.close();
}

Task<> says_now_and_then_that_it_pauses(Executor executor) {
  const CapturedLog log;
  Door door(executor);
  const auto peer = door.come();
  {
    const NoDescriptors none;
    co_await net::until(executor, [&door] { return door.pauses >= kTries; });
  }
  CHECK(log.lines() > 0);
  CHECK(log.lines() <= kTries / 4U);
  co_await net::until(executor, [&door] { return !door.came.empty(); });
  co_await door.close();
}

}  // namespace

TEST_CASE("listener: it waits for the next one for as long as it takes") { net::run_task(waits_without_a_deadline); }
TEST_CASE("listener: without descriptors it says so now and then, not with each try, and goes on later") {
  net::run_task(says_now_and_then_that_it_pauses);
}

}  // namespace ndisk::server
