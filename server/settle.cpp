#include "server/settle.hpp"

#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>

#include "common/random.hpp"
#include "server/account.hpp"
#include "server/landlock.hpp"
#include "storage/data_directory.hpp"

namespace ndisk::server {
namespace {

// What libraries read while the server runs: no file of anybody's.
constexpr const char* kReadable[] = {
    "/dev/urandom",                    // SQLite
    "/sys/devices/system/cpu/online",  // the number of cores
    "/proc/sys/vm/overcommit_memory",  // malloc
};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// What the sanitizers read when they report.
constexpr const char* kReadableToSanitizers[] = {"/proc", "/usr", "/lib", "/lib64"};
#endif

LandlockRules rules_for(const std::string& data_directory, const ServeCommand& command) {
  LandlockRules rules;
  rules.folders = {data_directory};
  rules.readable.assign(std::begin(kReadable), std::end(kReadable));
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  rules.readable.insert(rules.readable.end(), std::begin(kReadableToSanitizers), std::end(kReadableToSanitizers));
  std::error_code unknown;
  rules.readable.push_back(std::filesystem::read_symlink("/proc/self/exe", unknown).parent_path());
#endif
  for (const auto& address : command.listen) rules.tcp_ports.push_back(address.port);
  if (command.listen.empty()) rules.tcp_ports.push_back(protocol::kDefaultPort);
  return rules;
}

// Libraries that read their settings once do so while they can.
void let_libraries_read_their_settings() {
  ::tzset();
  (void)random_bytes<1>();
}

Result<void> confine_process(const std::string& data_directory, const ServeCommand& command) {
  if (!command.confine) return {};
  let_libraries_read_their_settings();
  const auto version = confine(rules_for(data_directory, command));
  if (!version) return std::unexpected(version.error());
  if (*version == 0)
    spdlog::warn("serving without Landlock reason=\"this kernel has none, or does not let us use it\"");
  return {};
}

void say_that_it_stays_root(const std::string& data_directory, const ServeCommand& command) {
  if (!command.run_as.empty()) {
    spdlog::warn("serving as root, as --run-as says: a fault in this server is one of root's");
    return;
  }
  spdlog::warn(
      "serving as root: what is in the data directory is root's; to change that, stop the server, {}, and start it "
      "again; or say --run-as",
      words_to_give(unprivileged_account(), data_directory));
}

Result<void> become_unprivileged(const Account& account, std::optional<gid_t> tree_group,
                                 const std::string& data_directory) {
  if (auto became = become(account, tree_group, data_directory); !became) return became;
  spdlog::info("root given up user={}", account.name);
  return {};
}

}  // namespace

Result<Settled> settle(storage::FileLayer& files, const std::string& data_directory, const ServeCommand& command) {
  Settled settled;
  if (!command.tree_group.empty()) {
    const auto group = find_group(command.tree_group);
    if (!group) return fail_with_context("--tree-group", group.error());
    settled.tree_group = *group;
  }
  const auto account = account_to_become(data_directory, command.run_as);
  if (!account) return std::unexpected(account.error());
  if (*account) {
    if (auto reach = check_reach(**account, settled.tree_group, data_directory); !reach) {
      return std::unexpected(reach.error());
    }
    ::umask(022);  // folders that are made above let the account through
  }
  if (auto made = storage::make_data_directory(files, data_directory); !made) return std::unexpected(made.error());
  // Whatever a library makes without saying a mode is for nobody else.
  ::umask(077);
  if (*account) {
    if (auto became = become_unprivileged(**account, settled.tree_group, data_directory); !became) {
      return std::unexpected(became.error());
    }
  } else if (::geteuid() == 0) {
    say_that_it_stays_root(data_directory, command);
  }
  if (auto confined = confine_process(data_directory, command); !confined) return std::unexpected(confined.error());
  return settled;
}

}  // namespace ndisk::server
