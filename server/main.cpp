// ndiskd: reads the command line and runs one command.
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <csignal>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "common/protocol/shown_invite.hpp"
#include "server/account.hpp"
#include "server/administration.hpp"
#include "server/options.hpp"
#include "server/serve.hpp"

namespace {

namespace server = ndisk::server;

// %v, whoever wrote the line and whatever names are in it.
class LineWithoutSecrets : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& line, const std::tm& /*time*/, spdlog::memory_buf_t& out) override {
    const auto shown = ndisk::protocol::without_secrets({line.payload.data(), line.payload.size()});
    out.append(shown.data(), shown.data() + shown.size());
  }
  [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<LineWithoutSecrets>();
  }
};

void log_to_standard_error() {
  spdlog::set_default_logger(spdlog::stderr_logger_mt("ndiskd"));
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  formatter->add_flag<LineWithoutSecrets>('v').set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v");
  spdlog::set_formatter(std::move(formatter));
  spdlog::flush_on(spdlog::level::info);
}

struct Runner {
  const server::Options& options;

  ndisk::Result<void> operator()(const server::ServeCommand& command) const {
    return server::serve(options.data_directory, command);
  }
  ndisk::Result<void> operator()(const server::FsckCommand& command) const { return run_as_owner(command); }
  ndisk::Result<void> operator()(const server::GcCommand& command) const { return run_as_owner(command); }
  ndisk::Result<void> operator()(const server::RebuildCommand& command) const { return run_as_owner(command); }
  // What root made in the data directory would be closed to the server.
  template <class Command>
  ndisk::Result<void> run_as_owner(const Command& command) const {
    if (auto became = server::become_owner(options.data_directory); !became) return became;
    return server::run(options.data_directory, command, options.json);
  }
  template <class Command>
  ndisk::Result<void> operator()(const Command& command) const {
    return server::run(options.data_directory, command, options.json);
  }
};

void print_error(const ndisk::Error& error, bool json) {
  const auto message = ndisk::protocol::without_secrets(error.message);
  std::fprintf(stderr, "ndiskd: %s\n", message.c_str());
  if (!json) return;
  const nlohmann::ordered_json line = {
      {"type", "error"}, {"code", ndisk::error_name(error.code)}, {"message", message}};
  std::printf("%s\n", line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  log_to_standard_error();
  const auto parsed = server::parse_options(argc, argv);
  if (const auto* exit = std::get_if<server::OptionsExit>(&parsed)) return exit->code;
  const auto& options = std::get<server::Options>(parsed);
  const auto result = std::visit(Runner{options}, options.command);
  if (std::fflush(stdout) != 0 && result) {
    std::perror("ndiskd: standard output can't be written");
    return 1;
  }
  if (result) return 0;
  print_error(result.error(), options.json);
  return ndisk::exit_code(result.error().code);
}
