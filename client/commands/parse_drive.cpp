#include "client/commands/parse.hpp"

namespace ndisk::client {
namespace {

constexpr char kGroup[] = "The drive itself";

void add_login(CLI::App& app, Values& values) {
  auto* command = app.add_subcommand("login", "Enrol this device with an invite (ndisk://...)")->group(kGroup);
  add_operand(*command, "INVITE", values.login.invite, "the link; '-' reads it from standard input")->required();
  command->footer("Examples:\n  ndisk login 'ndisk://nas.local:7420/#...'\n  ssh nas ndiskd invite | ndisk login -");
  command->callback([&values] { values.chosen = values.login; });
}

void add_uploads(CLI::App& app, Values& values) {
  auto* command = app.add_subcommand("uploads", "List uploads that are not finished, or cancel one")->group(kGroup);
  add_word(*command, "--cancel", "ID", values.uploads.cancel, "the id of the upload to give up");
  command->footer("Examples:\n  ndisk uploads\n  ndisk uploads --cancel 00112233445566778899aabbccddeeff");
  command->callback([&values] { values.chosen = values.uploads; });
}

void add_ping(CLI::App& app, Values& values) {
  auto* command = app.add_subcommand("ping", "Round-trip time, the server's version and clock")->group(kGroup);
  command->footer("Example:\n  ndisk -s unix:/srv/ndisk/ndisk.sock ping");
  command->callback([&values] { values.chosen = PingOptions{}; });
}

}  // namespace

void add_drive_commands(CLI::App& app, Values& values) {
  add_login(app, values);
  add_uploads(app, values);
  add_ping(app, values);
}

}  // namespace ndisk::client
