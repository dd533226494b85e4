// long_line: a long-distance line between two network namespaces of one machine, for kernels without netem.
//
//   long_line NS_A NS_B --rtt MS [--rate MBIT] [--loss PERCENT] [--queue MS]
//
// A TUN device in each namespace (10.77.0.1 and 10.77.0.2) and this process between them, which delays, paces, queues
// and drops IP packets; the machine's own TCP runs over it. Prints "up" when both ends are; runs until it is killed.
// The namespaces must exist. Needs root, ip and /dev/net/tun.
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <mutex>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr std::size_t kMostPacketBytes = 65536;

struct Line {
  Seconds one_way{0};
  double bits_per_second = 0;  // 0: no bound
  double loss = 0;             // of each packet
  Seconds queue{0.1};          // what waits longer for its turn is dropped
};

[[noreturn]] void give_up(const std::string& what) {
  std::perror(what.c_str());
  std::exit(1);
}

int open_end(const std::string& space, const std::string& address, const std::string& peer) {
  static const int home = open("/proc/self/ns/net", O_RDONLY);
  const int target = open(("/var/run/netns/" + space).c_str(), O_RDONLY);
  if (target < 0 || setns(target, CLONE_NEWNET) != 0) give_up(space);
  close(target);
  const int device = open("/dev/net/tun", O_RDWR);
  ifreq request{};
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  std::strcpy(request.ifr_name, "line0");
  if (device < 0 || ioctl(device, TUNSETIFF, &request) != 0) give_up("/dev/net/tun");
  const auto setup = "ip link set lo up && ip addr add " + address + " peer " + peer +
                     " dev line0 && ip link set line0 mtu 1500 txqueuelen 10000 up";
  if (std::system(setup.c_str()) != 0) give_up("ip");
  if (setns(home, CLONE_NEWNET) != 0) give_up("the first namespace");
  return device;
}

// What is read from one end comes out of the other, later or never. A thread for each of the two functions.
class Direction {
 public:
  Direction(int from, int to, const Line& line, unsigned seed) : from_(from), to_(to), line_(line), random_(seed) {}

  [[noreturn]] void take_packets() {
    std::vector<char> buffer(kMostPacketBytes);
    for (;;) {
      const auto size = read(from_, buffer.data(), buffer.size());
      if (size <= 0) give_up("read");
      if (std::uniform_real_distribution<>()(random_) < line_.loss) continue;
      enqueue({buffer.begin(), buffer.begin() + size});
    }
  }

  [[noreturn]] void give_packets() {
    for (;;) {
      const auto packet = next();
      std::this_thread::sleep_until(packet.due);
      // A full device drops, as a line does.
      [[maybe_unused]] const auto written = write(to_, packet.bytes.data(), packet.bytes.size());
    }
  }

 private:
  struct Packet {
    Clock::time_point due;
    std::vector<char> bytes;
  };

  void enqueue(std::vector<char> bytes) {
    const std::scoped_lock lock(mutex_);
    const auto now = Clock::now();
    auto leaves = std::max(now, line_is_free_);
    if (line_.bits_per_second > 0) {
      if (leaves - now > line_.queue) return;
      const Seconds takes(static_cast<double>(bytes.size()) * 8 / line_.bits_per_second);
      leaves += std::chrono::duration_cast<Clock::duration>(takes);
    }
    line_is_free_ = leaves;
    waiting_.push_back({leaves + std::chrono::duration_cast<Clock::duration>(line_.one_way), std::move(bytes)});
    arrived_.notify_one();
  }

  Packet next() {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [&] { return !waiting_.empty(); });
    auto packet = std::move(waiting_.front());
    waiting_.pop_front();
    return packet;
  }

  const int from_, to_;
  const Line line_;
  std::mt19937 random_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Packet> waiting_;
  Clock::time_point line_is_free_{};
};

bool set(Line& line, std::string_view option, double value) {
  if (option == "--rtt")
    line.one_way = Seconds(value / 2000);
  else if (option == "--rate")
    line.bits_per_second = value * 1e6;
  else if (option == "--loss")
    line.loss = value / 100;
  else if (option == "--queue")
    line.queue = Seconds(value / 1000);
  else
    return false;
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  Line line;
  bool understood = argc >= 3 && argc % 2 == 1;
  for (int i = 3; understood && i < argc; i += 2) understood = set(line, argv[i], std::atof(argv[i + 1]));
  if (!understood) {
    std::fprintf(stderr, "usage: long_line NS_A NS_B --rtt MS [--rate MBIT] [--loss PERCENT] [--queue MS]\n");
    return 2;
  }
  const int a = open_end(argv[1], "10.77.0.1", "10.77.0.2");
  const int b = open_end(argv[2], "10.77.0.2", "10.77.0.1");
  Direction there(a, b, line, 1), back(b, a, line, 2);
  const std::jthread threads[] = {
      std::jthread(&Direction::take_packets, &there), std::jthread(&Direction::give_packets, &there),
      std::jthread(&Direction::take_packets, &back), std::jthread(&Direction::give_packets, &back)};
  std::puts("up");
  std::fflush(stdout);
}
