#include "client/commands/command_line.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdio>

#include "client/json_line.hpp"
#include "common/error.hpp"

namespace ndisk::client {
namespace {

constexpr char kSummary[] =
    "Your own drive: puts, gets and lists files on an ndisk server; encrypted, verified, resumed by itself.";
constexpr char kFooter[] =
    "Examples:\n  ndisk login 'ndisk://nas.local:7420/#...'\n  ndisk put song.mp3\n  ndisk list -l\n"
    "  ndisk get song.mp3 -t /tmp/\n  ndisk COMMAND --help\n\n"
    "Exit codes: 0 done, 1 other, 2 usage, 3 not found, 4 not allowed, 5 the server's identity does not match,\n"
    "6 conflict, 7 some of several failed, 8 integrity, 9 no space, 10 network, 130 interrupted.\n"
    "Environment: NDISK_SERVER, NDISK_PROFILE, NDISK_RETRY_SECONDS (default 120), XDG_CONFIG_HOME, NO_COLOR.";

// CLI11 takes an operand "[a,b]" for a list of two; a mark in front keeps it one.
constexpr char kMark = '\x01';

std::vector<std::string> protected_arguments(int argc, char** argv) {
  std::vector<std::string> arguments;
  for (int i = argc - 1; i > 0; --i) {  // CLI11 wants them backwards
    std::string argument = argv[i];
    if (!argument.empty() && argument.front() == '[') argument.insert(argument.begin(), kMark);
    arguments.push_back(std::move(argument));
  }
  return arguments;
}

void unprotect(std::string& word) {
  if (!word.empty() && word.front() == kMark) word.erase(0, 1);
}
void unprotect(std::optional<std::string>& word) {
  if (word) unprotect(*word);
}
void unprotect(std::vector<std::string>& words) {
  for (auto& word : words) unprotect(word);
}

// One value for each option, filled while parsing.
struct Values {
  GlobalOptions global;
  LoginOptions login;
  PutOptions put;
  GetOptions get;
  ListOptions list;
  RemoveOptions remove;
  UploadsOptions uploads;
};

void unprotect(Values& values) {
  unprotect(values.global.server);
  unprotect(values.global.profile);
  unprotect(values.login.invite);
  unprotect(values.put.files);
  unprotect(values.put.target_directory);
  unprotect(values.put.name);
  unprotect(values.get.remotes);
  unprotect(values.get.target_directory);
  unprotect(values.get.output);
  unprotect(values.list.remote);
  unprotect(values.remove.remotes);
  unprotect(values.uploads.cancel);
}

void add_global_options(CLI::App& app, GlobalOptions& global) {
  app.add_option("-s,--server", global.server, "HOST[:PORT], [V6]:PORT, unix:PATH or plain:HOST:PORT");
  app.add_option("--profile", global.profile, "which enrolment to use (default: \"default\")");
  auto* quiet = app.add_flag("-q,--quiet", global.quiet, "say nothing but errors");
  app.add_flag("-v,--verbose", global.verbose, "print each file that was done")->excludes(quiet);
  const std::map<std::string, ProgressMode> modes{
      {"auto", ProgressMode::kAuto}, {"never", ProgressMode::kNever}, {"json", ProgressMode::kJson}};
  app.add_option_function<std::string>(
         "--progress", [&global, modes](const std::string& text) { global.progress = modes.at(text); },
         "auto: a line when standard error is a terminal; never; json: objects on standard error")
      ->check(CLI::IsMember({"auto", "never", "json"}))
      ->type_name("MODE");
  app.add_flag("--json", global.json, "results and errors as one JSON object a line on standard output");
  app.set_version_flag("--version", std::string("ndisk ") + NDISK_VERSION);
}

CLI::App* add_login(CLI::App& app, LoginOptions& options) {
  auto* command = app.add_subcommand("login", "Enrol this device with an invite (ndisk://...)");
  command->add_option("INVITE", options.invite, "the link; '-' reads it from standard input")->required();
  command->footer("Examples:\n  ndisk login 'ndisk://nas.local:7420/#...'\n  ssh nas ndiskd invite | ndisk login -");
  return command;
}

CLI::App* add_put(CLI::App& app, PutOptions& options) {
  auto* command = app.add_subcommand("put", "Upload files and folders; repeat it to resume");
  command->add_option("FILE", options.files, "what to upload; '-' is standard input, with --name")->required();
  auto* target = command->add_option("-t,--target-directory", options.target_directory,
                                     "the remote folder to put into; made if it is missing");
  command->add_option("--name", options.name, "the exact remote path of the one result")->excludes(target);
  command->add_flag("-r,--recursive", options.recursive, "folders with all that is in them");
  command->footer(
      "Examples:\n  ndisk put song.mp3\n  ndisk put a.bin b.bin -t /music/\n  ndisk put -r photos -t /backup/\n"
      "  tar c photos | ndisk put - --name photos.tar");
  return command;
}

CLI::App* add_get(CLI::App& app, GetOptions& options) {
  auto* command = app.add_subcommand("get", "Download files and folders; repeat it to resume");
  command->add_option("REMOTE", options.remotes, "what to download")->required();
  auto* target = command->add_option("-t,--target-directory", options.target_directory,
                                     "the local folder to put into; it must exist (default: here)");
  command->add_option("-o,--output", options.output, "the exact local path of the one result; '-' is standard output")
      ->excludes(target);
  command->add_flag("-r,--recursive", options.recursive, "folders with all that is in them");
  command->footer(
      "Examples:\n  ndisk get song.mp3 -t /tmp/\n  ndisk get /music/a.bin -o - | sha256sum\n"
      "  ndisk get -r /backup/photos -t restored/");
  return command;
}

CLI::App* add_list(CLI::App& app, ListOptions& options) {
  auto* command = app.add_subcommand("list", "List a folder: one name a line, folders end in '/'")->alias("ls");
  command->add_option("REMOTE", options.remote, "a folder or file (default: the whole drive's top)");
  command->add_flag("-l,--long", options.details, "mode, bytes, UTC time, name");
  command->add_flag("-r,--recursive", options.recursive, "everything below, as relative paths");
  command->add_flag("-0,--null", options.raw, "raw names, each ended by a NUL byte");
  command->footer("Examples:\n  ndisk list\n  ndisk list -l /music\n  ndisk --json list -r");
  return command;
}

CLI::App* add_remove(CLI::App& app, RemoveOptions& options) {
  auto* command = app.add_subcommand("rm", "Move files and folders to the trash");
  command->add_option("REMOTE", options.remotes, "what to remove")->required();
  command->add_flag("-r,--recursive", options.recursive, "folders with all that is in them");
  command->footer("Examples:\n  ndisk rm song.mp3\n  ndisk rm -r /backup/photos");
  return command;
}

CLI::App* add_uploads(CLI::App& app, UploadsOptions& options) {
  auto* command = app.add_subcommand("uploads", "List uploads that are not finished, or cancel one");
  command->add_option("--cancel", options.cancel, "the id of the upload to give up")->type_name("ID");
  command->footer("Examples:\n  ndisk uploads\n  ndisk uploads --cancel 00112233445566778899aabbccddeeff");
  return command;
}

CLI::App* add_ping(CLI::App& app) {
  auto* command = app.add_subcommand("ping", "Round-trip time, the server's version and clock");
  command->footer("Example:\n  ndisk -s unix:/srv/ndisk/ndisk.sock ping");
  return command;
}

// What is wrong, in words; a first word that is no command is named.
std::string reason_of(const CLI::ParseError& error, const CLI::App& app) {
  if (!app.get_subcommands().empty() || app.remaining().empty()) return error.what();
  return "'" + app.remaining().front() + "' is not a command: login, put, get, list, rm, uploads and ping are";
}

ExitNow usage_error(const std::string& reason, bool json) {
  const std::string message = reason + "; see ndisk --help";
  if (json) {
    const auto object = to_json_line(
        {{"type", std::string("error")}, {"code", std::string(error_name(ErrorCode::kInvalid))}, {"message", message}});
    std::fprintf(stdout, "%s\n", object.c_str());
  }
  std::fprintf(stderr, "ndisk: usage: %s\n", message.c_str());
  return {exit_code(ErrorCode::kInvalid)};
}

}  // namespace

std::variant<Invocation, ExitNow> parse_command_line(int argc, char** argv) {
  Values values;
  CLI::App app(kSummary, "ndisk");
  app.fallthrough();
  app.footer(kFooter);
  app.require_subcommand(1, 1);
  add_global_options(app, values.global);
  const auto* login = add_login(app, values.login);
  const auto* put = add_put(app, values.put);
  const auto* get = add_get(app, values.get);
  const auto* list = add_list(app, values.list);
  const auto* remove = add_remove(app, values.remove);
  const auto* uploads = add_uploads(app, values.uploads);
  add_ping(app);
  try {
    app.parse(protected_arguments(argc, argv));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return ExitNow{app.exit(error)};
    return usage_error(reason_of(error, app), values.global.json);
  }
  unprotect(values);
  if (*login) return Invocation{values.global, values.login};
  if (*put) return Invocation{values.global, values.put};
  if (*get) return Invocation{values.global, values.get};
  if (*list) return Invocation{values.global, values.list};
  if (*remove) return Invocation{values.global, values.remove};
  if (*uploads) return Invocation{values.global, values.uploads};
  return Invocation{values.global, PingOptions{}};
}

}  // namespace ndisk::client
