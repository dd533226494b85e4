#include "server/landlock.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "storage/fd.hpp"

namespace ndisk::server {
namespace {

// Numbers and layouts of the kernel's interface: the system's headers may be older than the kernel that this runs on.
constexpr long kCreateRuleset = 444, kAddRule = 445, kRestrictSelf = 446;
constexpr unsigned kAskVersion = 1;
constexpr int kRulePathBeneath = 1, kRuleNetPort = 2;
constexpr int kWithLinks = 2, kWithTruncate = 3, kWithTcp = 4, kWithIoctl = 5, kWithScopes = 6;

constexpr std::uint64_t kExecute = 1 << 0, kWriteFile = 1 << 1, kReadFile = 1 << 2, kReadFolder = 1 << 3,
                        kRemoveFolder = 1 << 4, kRemoveFile = 1 << 5, kMakeCharacterDevice = 1 << 6,
                        kMakeFolder = 1 << 7, kMakeFile = 1 << 8, kMakeSocket = 1 << 9, kMakePipe = 1 << 10,
                        kMakeBlockDevice = 1 << 11, kMakeLink = 1 << 12, kRefer = 1 << 13, kTruncate = 1 << 14,
                        kIoctl = 1 << 15;
constexpr std::uint64_t kBindTcp = 1 << 0, kConnectTcp = 1 << 1;
constexpr std::uint64_t kAbstractSockets = 1 << 0, kSignals = 1 << 1;

constexpr std::uint64_t kOfFiles = kExecute | kWriteFile | kReadFile | kTruncate | kIoctl;
constexpr std::uint64_t kInFolders = kReadFile | kReadFolder | kWriteFile | kTruncate | kRemoveFolder | kRemoveFile |
                                     kMakeFolder | kMakeFile | kMakeSocket | kRefer;

struct RulesetAttributes {
  std::uint64_t files = 0, network = 0, scopes = 0;
};
struct [[gnu::packed]] PathBeneath {
  std::uint64_t allowed;
  std::int32_t file;
};
struct NetPort {
  std::uint64_t allowed, port;
};

// What the kernel is told to refuse unless a rule allows it: all that this version of it knows.
RulesetAttributes everything(int version) {
  RulesetAttributes handled;
  handled.files = kExecute | kWriteFile | kReadFile | kReadFolder | kRemoveFolder | kRemoveFile | kMakeCharacterDevice |
                  kMakeFolder | kMakeFile | kMakeSocket | kMakePipe | kMakeBlockDevice | kMakeLink | kRefer;
  if (version >= kWithTruncate) handled.files |= kTruncate;
  if (version >= kWithIoctl) handled.files |= kIoctl;
  if (version >= kWithTcp) handled.network = kBindTcp | kConnectTcp;
  if (version >= kWithScopes) handled.scopes = kAbstractSockets | kSignals;
  return handled;
}

std::size_t size_known_to(int version) {
  if (version >= kWithScopes) return sizeof(RulesetAttributes);
  return version >= kWithTcp ? offsetof(RulesetAttributes, scopes) : offsetof(RulesetAttributes, network);
}

std::unexpected<Error> fail_refused(std::string_view step) {
  return fail(ErrorCode::kInternal,
              "Landlock: " + std::string(step) + ": " + std::strerror(errno) + "; --confine=off serves without it");
}

Result<void> allow_path(int ruleset, const storage::Fd& path, std::uint64_t allowed) {
  struct stat info {};
  if (::fstat(path.get(), &info) != 0) return fail_refused("looking at a path");
  if (!S_ISDIR(info.st_mode)) allowed &= kOfFiles;
  const PathBeneath rule{allowed, path.get()};
  if (::syscall(kAddRule, ruleset, kRulePathBeneath, &rule, 0) != 0) return fail_refused("allowing a path");
  return {};
}

Result<void> allow_paths(int ruleset, const LandlockRules& rules, std::uint64_t handled) {
  for (const auto& folder : rules.folders) {
    const storage::Fd opened(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (opened.get() < 0) return fail_errno(errno, "opening", folder);
    if (auto allowed = allow_path(ruleset, opened, kInFolders & handled); !allowed) return allowed;
  }
  for (const auto& path : rules.readable) {
    const storage::Fd opened(::open(path.c_str(), O_PATH | O_CLOEXEC));
    if (opened.get() < 0) continue;
    if (auto allowed = allow_path(ruleset, opened, kReadFile | kReadFolder); !allowed) return allowed;
  }
  return {};
}

Result<void> allow_ports(int ruleset, const LandlockRules& rules) {
  for (const auto port : rules.tcp_ports) {
    const NetPort rule{kBindTcp, port};
    if (::syscall(kAddRule, ruleset, kRuleNetPort, &rule, 0) != 0) return fail_refused("allowing a port");
  }
  return {};
}

}  // namespace

int landlock_version() {
  const auto version = ::syscall(kCreateRuleset, nullptr, 0, kAskVersion);
  return version >= kWithLinks ? static_cast<int>(version) : 0;
}

Result<int> confine(const LandlockRules& rules) {
  const int version = landlock_version();
  if (version == 0) return 0;
  const auto handled = everything(version);
  const storage::Fd ruleset(static_cast<int>(::syscall(kCreateRuleset, &handled, size_known_to(version), 0)));
  if (ruleset.get() < 0) return fail_refused("making the rules");
  if (auto allowed = allow_paths(ruleset.get(), rules, handled.files); !allowed) {
    return std::unexpected(allowed.error());
  }
  if (handled.network != 0) {
    if (auto allowed = allow_ports(ruleset.get(), rules); !allowed) return std::unexpected(allowed.error());
  }
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fail_refused("giving up new privileges");
  if (::syscall(kRestrictSelf, ruleset.get(), 0) != 0) return fail_refused("closing the rules");
  return version;
}

}  // namespace ndisk::server
