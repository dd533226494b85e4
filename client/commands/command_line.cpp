#include "client/commands/command_line.hpp"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <cstdio>
#include <string_view>

#include "client/commands/parse.hpp"
#include "client/json_line.hpp"
#include "client/output.hpp"
#include "client/tally.hpp"
#include "common/protocol/shown_invite.hpp"

namespace ndisk::client {
namespace {

constexpr char kDescription[] =
    "Your own drive: puts, gets and lists files on an ndisk server; encrypted, verified, resumed by itself.";
constexpr char kFooter[] =
    "Examples:\n  ndisk login 'ndisk://nas.local:7420/#...'\n  ndisk put song.mp3\n  ndisk list -l\n"
    "  ndisk get song.mp3 -t /tmp/\n  ndisk COMMAND --help\n\n"
    "Exit codes: 0 done, 1 other, 2 usage, 3 not found, 4 not allowed, 5 the server's identity does not match,\n"
    "6 conflict, 7 some of several failed, 8 integrity, 9 no space, 10 network, 130 interrupted.\n"
    "Environment: NDISK_SERVER, NDISK_PROFILE, NDISK_RETRY_SECONDS (default 120), XDG_CONFIG_HOME, NO_COLOR.";

constexpr char kMisplaced[] = "an invite stands where none belongs: only ndisk login takes it";
constexpr char kTornInvite[] =
    "login takes one invite in one word: copy it again, from ndisk:// to its end, and quote it";

std::vector<std::string> arguments_of(int argc, char** argv) {
  std::vector<std::string> arguments;
  for (int i = argc - 1; i > 0; --i) arguments.push_back(marked(argv[i]));  // CLI11 wants them backwards
  return arguments;
}

void add_global_options(CLI::App& app, GlobalOptions& global) {
  add_word(app, "-s,--server", "SERVER", global.server, "HOST[:PORT], [V6]:PORT, unix:PATH or plain:HOST:PORT");
  add_word(app, "--profile", "NAME", global.profile, "which enrolment to use (default: \"default\")");
  auto* quiet = app.add_flag("-q,--quiet", global.quiet, "say nothing but errors");
  app.add_flag("-v,--verbose", global.verbose, "print each thing that was done")->excludes(quiet);
  const std::map<std::string, ProgressMode> modes{
      {"auto", ProgressMode::kAuto}, {"never", ProgressMode::kNever}, {"json", ProgressMode::kJson}};
  auto take = [&global, modes](const std::string& word) {
    const auto found = modes.find(word);
    if (found == modes.end()) refuse("--progress takes auto, never or json, not '" + word + "'");
    global.progress = found->second;
  };
  add_each(app, "--progress", "MODE", take,
           "auto: a line when standard error is a terminal; never; json: objects on standard error");
  app.add_flag("--json", global.json, "results and errors as one JSON object a line on standard output");
  app.set_version_flag("--version", std::string("ndisk ") + NDISK_VERSION);
}

// What is wrong, in words; a word that nothing knows is named, whatever else is missing.
std::string reason_of(const CLI::ParseError& error, const CLI::App& app) {
  std::string reason = error.what();
  const auto kind = static_cast<CLI::ExitCodes>(error.get_exit_code());
  const bool is_unfinished = kind == CLI::ExitCodes::RequiredError || kind == CLI::ExitCodes::ExtrasError;
  auto unknown = app.remaining(true);
  std::erase(unknown, "--");
  if (is_unfinished && !unknown.empty()) {
    const bool is_option = unknown.front().starts_with('-');
    // What is one too many there may be the rest of the secret.
    if (!is_option && app.got_subcommand("login")) return kTornInvite;
    const bool is_command = !is_option && app.get_subcommands().empty();
    reason = "'" + unknown.front() + "' is " +
             (is_option    ? "no option"
              : is_command ? "not a command"
                           : "one too many");
  } else if (is_unfinished && app.get_subcommands().empty()) {
    reason = "a command is missing";
  }
  if (protocol::has_invite(reason)) return kMisplaced;
  std::erase_if(reason, [](char c) { return c == '\x01' || c == '\n'; });
  return printable(reason);
}

// It would be taken for a path or a name, and repeated in what is said of that.
bool has_misplaced_invite(const CommandOptions& command, int argc, char** argv) {
  std::vector<std::string_view> words(argv + 1, argv + std::max(argc, 1));
  if (const auto* login = std::get_if<LoginOptions>(&command)) {
    if (const auto taken = std::ranges::find(words, login->invite); taken != words.end()) words.erase(taken);
  }
  return std::ranges::any_of(words, protocol::has_invite);
}

// An error may end the parse before --json was reached.
bool asks_for_json(int argc, char** argv) {
  const std::vector<std::string_view> words(argv + 1, argv + std::max(argc, 1));
  const auto options_end = std::ranges::find(words, "--");
  return std::find(words.begin(), options_end, "--json") != options_end;
}

ExitNow usage_error(const CLI::App& app, const std::string& reason, bool json) {
  const auto chosen = app.get_subcommands();
  const auto command = chosen.empty() ? std::string() : chosen.front()->get_name();
  const auto message = reason + "; see ndisk " + (command.empty() ? "" : command + " ") + "--help";
  const auto code = exit_code(ErrorCode::kInvalid);
  if (json) {
    const JsonFields error{
        {"type", std::string("error")}, {"code", std::string(error_name(ErrorCode::kInvalid))}, {"message", message}};
    const auto summary = summary_fields({.command = command, .failed = 1, .exit_code = code});
    std::fprintf(stdout, "%s\n%s\n", to_json_line(error).c_str(), to_json_line(summary).c_str());
  }
  std::fprintf(stderr, "ndisk: usage: %s\n", message.c_str());
  return {code};
}

}  // namespace

std::variant<Invocation, ExitNow> parse_command_line(int argc, char** argv) {
  Values values;
  CLI::App app(kDescription, "ndisk");
  app.fallthrough();
  app.footer(kFooter);
  app.require_subcommand(1, 1);
  add_global_options(app, values.global);
  add_transfer_commands(app, values);
  add_namespace_commands(app, values);
  add_change_commands(app, values);
  add_history_commands(app, values);
  add_drive_commands(app, values);
  try {
    app.parse(arguments_of(argc, argv));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return ExitNow{app.exit(error)};
    return usage_error(app, reason_of(error, app), asks_for_json(argc, argv));
  }
  if (has_misplaced_invite(*values.chosen, argc, argv)) return usage_error(app, kMisplaced, values.global.json);
  return Invocation{std::move(values.global), std::move(*values.chosen)};
}

}  // namespace ndisk::client
