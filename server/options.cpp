#include "server/options.hpp"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>
#include <span>

#include "common/protocol/shown_invite.hpp"
#include "server/options_accounts.hpp"
#include "server/options_backup.hpp"
#include "server/options_maintenance.hpp"

namespace ndisk::server {
namespace {

constexpr char kFooter[] = R"(Examples:
  ndiskd --data /srv/ndisk                              serve on port 7420, IPv4 and IPv6
  ndiskd --data /srv/ndisk --listen 127.0.0.1:7420      serve on this machine only
  ndiskd --data /srv/ndisk --advertise nas.example:7420 invites name this address
  ndiskd --data /srv/ndisk invite                       one more invite, from the running server
  ndiskd --data /srv/ndisk invite --expires 2h          one that is good for two hours, not for a day
  ndiskd --data /srv/ndisk status --json
  ndiskd --data /srv/ndisk user add anna --quota 500G   a drive for somebody else
  ndiskd --data /srv/ndisk invite --user anna           and her first device
  ndiskd --data /srv/ndisk device revoke 1f0c           a device that was lost
  ndiskd --data /srv/ndisk backup /mnt/usb/ndisk        a copy that can be served, while the server runs
  ndiskd --data /srv/ndisk fsck                         is everything there that should be
  ndiskd --data /srv/ndisk fsck --read-data --rate 20M  is every byte what it was

Exit codes: 0 done, 1 other, 2 usage, 3 not found, 4 not allowed, 6 in use, 8 damage, 9 no space, 10 not reachable.)";

constexpr std::int64_t kMaxDays = 36'500;
constexpr std::uint64_t kMaxVersions = 1'000'000'000;

// What CLI11 fills in before it is checked.
struct Raw {
  std::vector<std::string> listen, advertise;
  std::string plaintext = "never", tree = "on", confine = "on";
  bool no_invite = false;
  std::int64_t trash_days = 30, version_days = 0;
};

void add_serve_options(CLI::App& app, ServeCommand& serve, Raw& raw) {
  app.add_option("--listen", raw.listen,
                 "ADDR:PORT to listen on, repeatable; port 0 picks one [0.0.0.0:7420 [::]:7420]");
  app.add_option("--advertise", raw.advertise, "HOST[:PORT] that invites name, repeatable [this machine's addresses]");
  app.add_option("--plaintext", raw.plaintext, "who may connect without TLS: never, loopback or always")
      ->check(CLI::IsMember({"never", "loopback", "always"}))
      ->capture_default_str();
  app.add_option("--threads", serve.threads, "I/O threads [as many as cores, at most 4]")->check(CLI::Range(1, 64));
  app.add_option("--tree", raw.tree, "keep DATA/tree, every file as an ordinary file: on or off")
      ->check(CLI::IsMember({"on", "off"}))
      ->capture_default_str();
  app.add_option("--tree-group", serve.tree_group, "the group that may read DATA/tree");
  app.add_option("--keep-trash", raw.trash_days, "days that removed files stay in the trash at least")
      ->check(CLI::Range(std::int64_t{0}, kMaxDays))
      ->capture_default_str();
  app.add_option("--keep-versions", serve.retention.versions, "earlier versions of each file that are kept at least")
      ->check(CLI::Range(std::uint64_t{0}, kMaxVersions))
      ->capture_default_str();
  app.add_option("--keep-versions-for", raw.version_days,
                 "days that every earlier version is kept after its replacement")
      ->check(CLI::Range(std::int64_t{0}, kMaxDays))
      ->capture_default_str();
  app.add_option("--run-as", serve.run_as,
                 "started as root: the USER to become [the owner of the data directory; of a new one, the "
                 "user ndisk or a number that nobody has]");
  app.add_option("--confine", raw.confine,
                 "open nothing outside of the data directory, where the kernel has Landlock: on or off")
      ->check(CLI::IsMember({"on", "off"}))
      ->capture_default_str();
  app.add_option("--scrub-days", serve.scrub_days, "days in which all content is read once, slowly; 0: never")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{3650}))
      ->capture_default_str();
  app.add_flag("--no-invite", raw.no_invite, "print no invite at the first start");
}

Result<std::vector<protocol::HostPort>> parse_addresses(const char* flag, const std::vector<std::string>& texts) {
  std::vector<protocol::HostPort> addresses;
  for (const auto& text : texts) {
    auto address = protocol::parse_host_port(text);
    if (!address) return fail_with_context(std::string(flag) + " " + protocol::shown_word(text), address.error());
    addresses.push_back(std::move(*address));
  }
  return addresses;
}

Result<void> finish(ServeCommand& serve, const Raw& raw) {
  auto listen = parse_addresses("--listen", raw.listen);
  if (!listen) return std::unexpected(listen.error());
  auto advertise = parse_addresses("--advertise", raw.advertise);
  if (!advertise) return std::unexpected(advertise.error());
  if (advertise->size() > protocol::kMaxInviteAddresses) {
    return fail(ErrorCode::kInvalid, "an invite names at most " + std::to_string(protocol::kMaxInviteAddresses) +
                                         " addresses: give --advertise less often");
  }
  serve.listen = std::move(*listen);
  serve.advertise = std::move(*advertise);
  if (raw.plaintext == "loopback") serve.plaintext = PlaintextPolicy::kLoopback;
  if (raw.plaintext == "always") serve.plaintext = PlaintextPolicy::kAlways;
  serve.tree = raw.tree == "on";
  serve.confine = raw.confine == "on";
  serve.first_invite = !raw.no_invite;
  serve.retention.trash = raw.trash_days * storage::kDayNs;
  serve.retention.version_age = raw.version_days * storage::kDayNs;
  return {};
}

// It would be taken for a name or a path, and be in the log.
bool has_invite(int argc, char** argv, const std::string& data_directory) {
  const std::span words(argv, static_cast<std::size_t>(argc));
  return std::ranges::any_of(words, protocol::has_invite) || protocol::has_invite(data_directory);
}

OptionsExit usage_error(const std::string& message) {
  std::cerr << "ndiskd: " << protocol::without_secrets(message) << "; see ndiskd --help\n";
  return {2};
}

}  // namespace

std::variant<Options, OptionsExit> parse_options(int argc, char** argv) {
  CLI::App app("ndiskd: the server of ndisk, a drive of your own", "ndiskd");
  app.set_version_flag("--version", std::string("ndiskd ") + NDISK_VERSION);
  app.footer(kFooter);
  app.fallthrough();
  app.require_subcommand(0, 1);
  Options options;
  ServeCommand serve;
  Raw raw;
  if (const char* data = std::getenv("NDISKD_DATA")) options.data_directory = data;
  app.add_option("--data", options.data_directory, "the data directory; made at the first start [$NDISKD_DATA]");
  app.add_flag("--json", options.json, "results as JSON, one object a line");
  add_serve_options(app, serve, raw);
  app.add_subcommand("serve", "run the server (the default)");
  auto* status_command = app.add_subcommand("status", "what the running server holds and does");
  BackUpCommands backups;
  backups.add_to(app);
  AccountsOptions accounts;
  accounts.add_to(app);
  MaintenanceOptions maintenance;
  maintenance.add_to(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      app.exit(error, std::cout, std::cerr);
      return OptionsExit{0};
    }
    return usage_error(error.what());
  }
  if (has_invite(argc, argv, options.data_directory))
    return usage_error("an invite stands where none belongs: only ndisk login takes it");
  if (options.data_directory.empty()) return usage_error("--data DIR is needed: where the drive's files are kept");
  if (auto finished = finish(serve, raw); !finished) return usage_error(finished.error().message);
  options.command = std::move(serve);
  if (status_command->parsed()) options.command = StatusCommand{};
  if (auto backup = backups.command()) options.command = std::move(*backup);
  auto of_accounts = accounts.command();
  if (!of_accounts) return usage_error(of_accounts.error().message);
  if (*of_accounts) options.command = std::move(**of_accounts);
  auto of_maintenance = maintenance.command();
  if (!of_maintenance) return usage_error(of_maintenance.error().message);
  if (*of_maintenance) options.command = std::move(**of_maintenance);
  return options;
}

}  // namespace ndisk::server
