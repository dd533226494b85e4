// ndiskd: reads the command line and runs one command.
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <csignal>
#include <cstdio>

#include "server/administration.hpp"
#include "server/options.hpp"
#include "server/serve.hpp"

namespace {

namespace server = ndisk::server;

void log_to_standard_error() {
  spdlog::set_default_logger(spdlog::stderr_logger_mt("ndiskd"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  spdlog::flush_on(spdlog::level::info);
}

ndisk::Result<void> run(const server::Options& options) {
  if (const auto* serve = std::get_if<server::ServeCommand>(&options.command)) {
    return server::serve(options.data_directory, *serve);
  }
  if (const auto* invite = std::get_if<server::InviteCommand>(&options.command)) {
    return server::print_invite(options.data_directory, *invite, options.json);
  }
  return server::print_status(options.data_directory, options.json);
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  log_to_standard_error();
  const auto parsed = server::parse_options(argc, argv);
  if (const auto* exit = std::get_if<server::OptionsExit>(&parsed)) return exit->code;
  const auto result = run(std::get<server::Options>(parsed));
  if (result) return 0;
  std::fprintf(stderr, "ndiskd: %s\n", result.error().message.c_str());
  return ndisk::exit_code(result.error().code);
}
