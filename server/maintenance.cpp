// fsck and gc: by the server that has the data directory, or here where none has.
#include <chrono>
#include <thread>

#include "common/pace.hpp"
#include "server/administration.hpp"
#include "server/ask_server.hpp"
#include "server/maintenance_messages.hpp"
#include "server/maintenance_output.hpp"
#include "storage/posix_file_layer.hpp"

namespace ndisk::server {
namespace {

using protocol::FrameType;

constexpr auto kReportEvery = std::chrono::milliseconds(500);

// The drive of a data directory that no server has.
struct OwnDrive {
  SystemClock clock;
  storage::PosixFileLayer files;
  std::unique_ptr<storage::Drive> drive;

  Result<void> open(const std::string& data_directory) {
    storage::DriveOptions options;
    options.data_directory = data_directory;
    options.maintenance = true;
    auto opened = storage::Drive::open(std::move(options), files, clock);
    if (!opened) return std::unexpected(std::move(opened.error()));
    drive = std::move(*opened);
    return {};
  }
};

bool is_served(const Result<void>& opened) { return !opened && opened.error().code == ErrorCode::kConflict; }

Result<void> judge(const wire::CheckSummary& summary) {
  if (summary.damage() == 0) return {};
  const auto left = summary.damage() - summary.mended();
  if (left == 0) return fail(ErrorCode::kIntegrity, "damage was found, and all of it was mended");
  return fail(ErrorCode::kIntegrity, "damage was found: " + std::to_string(left) + (left == 1 ? " fault" : " faults") +
                                         " left; each is named above with what to do about it");
}

Result<void> judge(const wire::CollectSummary& summary) {
  if (summary.damaged() > 0) {
    return fail(ErrorCode::kIntegrity, "damaged content was met: " + std::to_string(summary.damaged()) +
                                           (summary.damaged() == 1 ? " object" : " objects") +
                                           " left; fsck names what is hit, and what to do about it");
  }
  if (summary.newly_damaged() > 0) {
    return fail(ErrorCode::kIntegrity, "damaged content was found, and all of it was healed");
  }
  return {};
}

Result<wire::CheckSummary> check_here(storage::Drive& drive, const FsckCommand& command, bool json) {
  auto check = drive.check({.read_data = command.read_data, .repair = command.repair, .restart = command.restart});
  if (!check) return std::unexpected(std::move(check.error()));
  Pace pace(command.rate, std::chrono::steady_clock::now());
  auto reported = std::chrono::steady_clock::now();
  std::vector<storage::Finding> found;
  for (bool more = true; more;) {
    const auto read_before = (*check)->report().bytes;
    const auto stepped = (*check)->step(found);
    if (!stepped) return std::unexpected(stepped.error());
    more = *stepped;
    for (const auto& finding : found) print_finding(to_wire(finding), json);
    found.clear();
    const auto now = std::chrono::steady_clock::now();
    if (now - reported >= kReportEvery) print_progress(to_wire((*check)->progress()));
    if (now - reported >= kReportEvery) reported = now;
    std::this_thread::sleep_for(pace.after((*check)->report().bytes - read_before, now));
  }
  return to_wire((*check)->report());
}

Result<wire::CheckSummary> check_there(const std::string& data_directory, const FsckCommand& command, bool json) {
  wire::Check question;
  question.set_read_data(command.read_data);
  question.set_repair(command.repair);
  question.set_restart(command.restart);
  question.set_rate(command.rate);
  std::optional<wire::CheckSummary> summary;
  const std::function<void(const wire::Maintenance&)> on_page = [&](const wire::Maintenance& page) {
    for (const auto& finding : page.findings()) print_finding(finding, json);
    if (page.has_progress()) print_progress(page.progress());
    if (page.has_check()) summary = page.check();
  };
  auto asked = ask_server_for_pages(data_directory, FrameType::kCheck, question, on_page);
  if (!asked) return std::unexpected(std::move(asked.error()));
  if (!summary) return fail(ErrorCode::kProtocol, "the server's answer has no summary");
  return *summary;
}

}  // namespace

Result<void> run(const std::string& data_directory, const FsckCommand& command, bool json) {
  OwnDrive own;
  const auto opened = own.open(data_directory);
  if (!opened && !is_served(opened)) return opened;
  const auto summary = opened ? check_here(*own.drive, command, json) : check_there(data_directory, command, json);
  if (!summary) return std::unexpected(summary.error());
  print_summary(*summary, json);
  return judge(*summary);
}

Result<void> run(const std::string& data_directory, const GcCommand&, bool json) {
  OwnDrive own;
  const auto opened = own.open(data_directory);
  if (!opened && !is_served(opened)) return opened;
  std::optional<wire::CollectSummary> summary;
  if (opened) {
    const auto report = own.drive->collect_all();
    if (!report) return std::unexpected(report.error());
    summary = to_wire(*report);
  } else {
    const std::function<void(const wire::Maintenance&)> on_page = [&](const wire::Maintenance& page) {
      if (page.has_collect()) summary = page.collect();
    };
    auto asked = ask_server_for_pages(data_directory, FrameType::kCollectNow, wire::CollectNow(), on_page);
    if (!asked) return asked;
  }
  if (!summary) return fail(ErrorCode::kProtocol, "the server's answer has no summary");
  print_summary(*summary, json);
  return judge(*summary);
}

}  // namespace ndisk::server
