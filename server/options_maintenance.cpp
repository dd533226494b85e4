#include "server/options_maintenance.hpp"

#include <CLI/CLI.hpp>

#include "server/byte_size.hpp"

namespace ndisk::server {

void MaintenanceOptions::add_to(CLI::App& app) {
  fsck_ =
      app.add_subcommand("fsck", "compare the catalog with itself and with the disk; exit code 8: damage was found");
  fsck_->add_flag("--read-data", check_.read_data, "read every object and compare digests, too");
  fsck_->add_flag("--repair", check_.repair, "mend what can be proved; nothing is deleted");
  fsck_->add_option("--rate", rate_, "SIZE that is read in a second at most: 20M, 1G");
  fsck_->add_flag("--restart", check_.restart, "with --read-data: from the beginning, after an interruption, too");
  gc_ = app.add_subcommand("gc", "free now what nothing needs any more");
}

Result<std::optional<Command>> MaintenanceOptions::command() const {
  if (gc_->parsed()) return Command(GcCommand{});
  if (!fsck_->parsed()) return std::nullopt;
  auto check = check_;
  if (check.restart && !check.read_data) return fail(ErrorCode::kInvalid, "--restart goes with --read-data");
  if (fsck_->count("--rate") > 0) {
    const auto rate = parse_byte_size(rate_);
    if (!rate) return fail_with_context("--rate", rate.error());
    if (*rate == 0) return fail(ErrorCode::kInvalid, "--rate: 0 would never end; leave it out for no bound");
    check.rate = *rate;
  }
  return Command(check);
}

}  // namespace ndisk::server
