#include "server/serve.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/redirect_error.hpp>
#include <asio/signal_set.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/use_future.hpp>
#include <csignal>
#include <cstdio>
#include <deque>
#include <future>

#include "common/net/io_threads.hpp"
#include "server/housekeeper.hpp"
#include "server/identity_files.hpp"
#include "server/invites.hpp"
#include "server/journal.hpp"
#include "server/listener.hpp"
#include "server/scrubber.hpp"
#include "server/settle.hpp"
#include "server/worker.hpp"
#include "storage/posix_file_layer.hpp"

namespace ndisk::server {
namespace {

constexpr std::size_t kMaxDefaultThreads = 4;
constexpr std::size_t kPoolThreads = 2;
constexpr std::size_t kContentPoolThreads = 4;
constexpr std::size_t kUploadPoolThreads = 4;
constexpr std::size_t kBodyBytes = 32 << 20;     // received frames of all sessions together
constexpr std::size_t kUsualDescriptors = 1024;  // where the system doesn't tell
constexpr auto kStopWithin = std::chrono::milliseconds(4500);

// To all that the process may have; how many that is.
std::size_t raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kUsualDescriptors;
  const auto before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : before;
}

// A running server. start() brings up what can fail; run() returns after a signal, when all is closed.
class Server {
 public:
  Server(std::string data_directory, const ServeCommand& command)
      : data_directory_(std::move(data_directory)),
        command_(command),
        signals_(context_),
        tasks_(context_.get_executor()) {}

  Result<void> start();
  Result<void> run();

 private:
  Result<void> open_drive();
  Result<void> start_services();
  Result<void> open_listeners();
  Result<std::string> first_invite();
  void start_workers();
  void announce(const std::string& invite) const;
  void assign(storage::Fd descriptor);
  net::Task<> wait_for_signal();
  void stop_workers();

  std::string data_directory_;
  ServeCommand command_;
  std::size_t descriptors_ = 0;
  Settled settled_;
  SystemClock clock_;
  storage::PosixFileLayer files_;
  std::unique_ptr<storage::Drive> drive_;
  std::optional<net::TlsServerContext> tls_;
  std::optional<net::ServerSigner> signer_;
  Digest pin_{};
  std::unique_ptr<net::BlockingPool> pool_;
  std::unique_ptr<net::BlockingPool> content_pool_;
  std::unique_ptr<net::BlockingPool> upload_pool_;
  std::unique_ptr<Housekeeper> housekeeper_;
  std::unique_ptr<Scrubber> scrubber_;
  std::unique_ptr<Services> services_;
  std::unique_ptr<net::IoThreads> threads_;
  std::deque<Worker> workers_;
  asio::io_context context_{1};  // accepts and signals, on the main thread
  asio::signal_set signals_;
  std::deque<Listener> listeners_;
  net::TaskGroup tasks_;
};

Result<void> Server::start() {
  descriptors_ = raise_descriptor_limit();
  auto settled = settle(files_, data_directory_, command_);
  if (!settled) return std::unexpected(settled.error());
  settled_ = *settled;
  if (auto opened = open_drive(); !opened) return opened;
  if (auto started = start_services(); !started) return started;
  if (auto opened = open_listeners(); !opened) return opened;
  const auto invite = first_invite();
  if (!invite) return std::unexpected(invite.error());
  start_workers();
  // Before anybody is told that we are ready: a signal from now on stops us in good order.
  signals_.add(SIGINT);
  signals_.add(SIGTERM);
  announce(*invite);
  return {};
}

Result<void> Server::open_drive() {
  storage::DriveOptions options{.data_directory = data_directory_};
  options.tree = command_.tree;
  // Its name can't be looked up from here.
  if (settled_.tree_group) options.tree_group = std::to_string(*settled_.tree_group);
  options.retention = command_.retention;
  options.small_files_at_once = small_files_with(descriptors_);
  auto drive = storage::Drive::open(std::move(options), files_, clock_);
  if (!drive) return std::unexpected(drive.error());
  drive_ = std::move(*drive);
  return {};
}

Result<void> Server::start_services() {
  const auto identity = load_or_make_identity(files_, data_directory_);
  if (!identity) return std::unexpected(identity.error());
  const auto pin = net::pin_of(identity->certificate_pem);
  if (!pin) return std::unexpected(pin.error());
  auto tls = net::TlsServerContext::create(*identity);
  if (!tls) return fail_with_context(data_directory_ + "/tls", tls.error());
  auto signer = net::ServerSigner::create(*identity);
  if (!signer) return fail_with_context(data_directory_ + "/tls", signer.error());
  pin_ = *pin;
  tls_.emplace(std::move(*tls));
  signer_.emplace(std::move(*signer));
  pool_ = std::make_unique<net::BlockingPool>(kPoolThreads);
  content_pool_ = std::make_unique<net::BlockingPool>(kContentPoolThreads);
  upload_pool_ = std::make_unique<net::BlockingPool>(kUploadPoolThreads);
  services_ = std::unique_ptr<Services>(new Services{.drive = *drive_,
                                                     .pool = *pool_,
                                                     .content_pool = *content_pool_,
                                                     .upload_pool = *upload_pool_,
                                                     .clock = clock_,
                                                     .tls = *tls_,
                                                     .signer = *signer_,
                                                     .pin = pin_,
                                                     .plaintext = command_.plaintext,
                                                     .door = Door(limits_with(descriptors_)),
                                                     .open_files = OpenFiles(open_files_with(descriptors_))});
  housekeeper_ = std::make_unique<Housekeeper>(*drive_);
  scrubber_ = std::make_unique<Scrubber>(*drive_, clock_, ScrubPlan{.days = command_.scrub_days});
  services_->collect_soon = [this] { housekeeper_->collect_soon(); };
  return {};
}

Result<void> Server::open_listeners() {
  const auto executor = context_.get_executor();
  const std::vector<protocol::HostPort> everywhere{{"0.0.0.0", protocol::kDefaultPort}, {"::", protocol::kDefaultPort}};
  std::vector<protocol::HostPort> bound;
  for (const auto& address : command_.listen.empty() ? everywhere : command_.listen) {
    auto listener = listen_tcp(executor, address);
    const bool optional = command_.listen.empty() && address.host == "::";
    if (!listener && optional && listener.error().code != ErrorCode::kConflict) {
      spdlog::warn("serving without IPv6 reason=\"{}\"", listener.error().message);
      continue;
    }
    if (!listener) return std::unexpected(listener.error());
    bound.push_back(*listener->address);
    listeners_.push_back(std::move(*listener));
  }
  auto local = listen_unix(executor, data_directory_);
  if (!local) return std::unexpected(local.error());
  listeners_.push_back(std::move(*local));
  services_->advertised = command_.advertise.empty() ? reachable_addresses(bound) : command_.advertise;
  return {};
}

// Empty unless this is the first start and an invite is wanted.
Result<std::string> Server::first_invite() {
  const auto is_new = drive_->accounts().is_new();
  if (!is_new) return std::unexpected(is_new.error());
  if (!*is_new || !command_.first_invite) return std::string();
  if (output_is_logged()) {
    spdlog::info("no invite printed: it would stay in the log; make one: ndiskd --data {} invite", data_directory_);
    return std::string();
  }
  return create_invite(*services_, storage::kOwnerName);
}

void Server::start_workers() {
  const auto cores = std::max(1u, std::thread::hardware_concurrency());
  const auto count = command_.threads != 0 ? command_.threads : std::min<std::size_t>(cores, kMaxDefaultThreads);
  threads_ = std::make_unique<net::IoThreads>(count);
  for (std::size_t i = 0; i < count; ++i) workers_.emplace_back(*services_, threads_->executor(i), kBodyBytes / count);
  for (auto& listener : listeners_) {
    std::function<void(storage::Fd)> accepted = [this](storage::Fd descriptor) { assign(std::move(descriptor)); };
    tasks_.spawn(accept_all(listener, std::move(accepted)));
  }
}

void Server::announce(const std::string& invite) const {
  if (!invite.empty()) std::printf("%s\n", invite.c_str());
  for (const auto& listener : listeners_) {
    if (listener.address) std::printf("ready %s\n", listener.shown.c_str());
  }
  std::fflush(stdout);
  spdlog::info("started version={} data=\"{}\" threads={} pin=sha256:{}", NDISK_VERSION, data_directory_,
               workers_.size(), to_hex(pin_));
}

void Server::assign(storage::Fd descriptor) {
  auto peer = peer_of(descriptor.get());
  auto* least = &workers_.front();
  for (auto& worker : workers_) {
    if (worker.load() < least->load()) least = &worker;
  }
  Door::Pass pass;
  if (peer.network) {
    auto admitted = services_->door.arrive(*peer.network, [least](Door::Ticket ticket) { least->turn_out(ticket); });
    if (!admitted) {
      services_->stranger_log.write(
          fmt::format("connection refused peer={} reason=\"{}\"", peer.shown, admitted.error().message));
      return;
    }
    pass = std::move(*admitted);
  }
  least->add(std::move(descriptor), std::move(peer), std::move(pass));
}

Result<void> Server::run() {
  housekeeper_->start();
  scrubber_->start();
  tasks_.spawn(wait_for_signal());
  context_.run();
  const StopWatchdog watchdog(kStopWithin);
  // A session ends when what it asked for has.
  drive_->end_long_work();
  stop_workers();
  workers_.clear();
  // Before the event loops: a thread that has handed over to a session lets go of its loop a moment later.
  pool_.reset();
  content_pool_.reset();
  upload_pool_.reset();
  drive_->close();
  threads_.reset();
  spdlog::info("stopped");
  return {};
}

net::Task<> Server::wait_for_signal() {
  asio::error_code error;
  const int number = co_await signals_.async_wait(asio::redirect_error(asio::use_awaitable, error));
  spdlog::info("stopping signal={}", number);
  for (auto& listener : listeners_) listener.socket.close();
}

void Server::stop_workers() {
  std::vector<std::future<void>> stopped;
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    stopped.push_back(asio::co_spawn(threads_->executor(i), workers_[i].stop(), asio::use_future));
  }
  for (auto& future : stopped) future.get();
}

}  // namespace

Result<void> serve(const std::string& data_directory, const ServeCommand& command) {
  Server server(data_directory, command);
  if (auto started = server.start(); !started) return started;
  return server.run();
}

}  // namespace ndisk::server
