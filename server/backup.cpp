// backup and rebuild: done here, whether a server runs or not; so no server needs a way to where backups are kept.
#include "storage/backup.hpp"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "server/administration.hpp"
#include "server/byte_size.hpp"
#include "server/maintenance_output.hpp"
#include "storage/posix_file_layer.hpp"
#include "storage/rebuild.hpp"

namespace ndisk::server {
namespace {

constexpr auto kReportEvery = std::chrono::milliseconds(500);

void print_line(const nlohmann::ordered_json& line) { std::printf("%s\n", line.dump().c_str()); }

wire::Finding finding_of(const storage::DamagedContent& damaged) {
  wire::Finding finding;
  finding.set_kind("object");
  finding.set_user(damaged.user);
  finding.set_path(damaged.user.empty() ? "objects/" + damaged.object : damaged.path);
  finding.set_version(damaged.version);
  auto cause = damaged.cause;
  if (damaged.versions > 1) cause += " (" + std::to_string(damaged.versions) + " versions have this content)";
  finding.set_cause(cause);
  finding.set_advice("it is not in the backup; put it again, then back up again");
  finding.set_damage(true);
  return finding;
}

wire::Finding finding_of(const storage::RebuildOptions::Left& left) {
  wire::Finding finding;
  finding.set_kind("tree");
  finding.set_path(left.path);
  finding.set_cause(left.cause);
  finding.set_advice(left.advice);
  finding.set_damage(true);
  return finding;
}

// On a terminal, one line that is written over.
class ProgressLine {
 public:
  ProgressLine() : is_shown_(::isatty(STDERR_FILENO) != 0) {}
  ~ProgressLine() { clear(); }
  void clear() const {
    if (is_shown_) std::fprintf(stderr, "\r\033[K");
  }
  void show(const std::string& text) {
    const auto now = std::chrono::steady_clock::now();
    if (!is_shown_ || now - last_ < kReportEvery) return;
    last_ = now;
    std::fprintf(stderr, "\r\033[K%s", text.c_str());
  }

 private:
  const bool is_shown_;
  std::chrono::steady_clock::time_point last_;
};

std::string counted(std::uint64_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

void print(const storage::BackUpReport& report, bool json) {
  if (json) {
    return print_line({{"type", "summary"},
                       {"objects", report.objects},
                       {"bytes", report.bytes},
                       {"linked", report.linked},
                       {"copied", report.copied},
                       {"removed", report.removed},
                       {"verified", report.verified},
                       {"damaged", report.damaged}});
  }
  auto text = "backed up " + counted(report.objects, "object", "objects") + ", " + human_bytes(report.bytes) + ": " +
              std::to_string(report.linked) + " linked, " + std::to_string(report.copied) + " copied";
  if (report.removed > 0) text += ", " + std::to_string(report.removed) + " removed";
  if (report.verified > 0) text += ", " + std::to_string(report.verified) + " verified";
  if (report.damaged > 0) text += ", " + std::to_string(report.damaged) + " damaged";
  std::printf("%s\n", text.c_str());
}

void print(const storage::RebuildReport& report, bool json) {
  if (json) {
    return print_line({{"type", "summary"},
                       {"users", report.users},
                       {"folders", report.folders},
                       {"files", report.files},
                       {"bytes", report.bytes},
                       {"copied", report.copied},
                       {"left", report.left},
                       {"unnamed", report.unnamed}});
  }
  std::printf("rebuilt: %s, %s, %s in %s\n", counted(report.users, "user", "users").c_str(),
              counted(report.files, "file", "files").c_str(), human_bytes(report.bytes).c_str(),
              counted(report.folders, "folder", "folders").c_str());
  if (report.unnamed > 0) {
    std::printf("%s that no name leads to (earlier versions, the trash, links): kept in quarantine/\n",
                counted(report.unnamed, "object", "objects").c_str());
  }
  std::printf("Every device has to enrol again: the next start prints an invite.\n");
}

}  // namespace

Result<void> run(const std::string& data_directory, const BackUpCommand& command, bool json) {
  storage::PosixFileLayer files;
  ProgressLine progress;
  storage::BackUpOptions options;
  options.data_directory = data_directory;
  options.destination = command.destination;
  options.copy = command.copy;
  options.verify = command.verify;
  options.folders = {"tls"};
  options.on_damage = [&](const storage::DamagedContent& damaged) {
    progress.clear();
    print_finding(finding_of(damaged), json);
  };
  options.on_progress = [&](std::string_view phase, std::uint64_t done, std::uint64_t total) {
    progress.show(std::string(phase) + " " + human_bytes(done) + " of " + human_bytes(total));
  };
  const auto report = storage::back_up(options, files);
  if (!report) return std::unexpected(report.error());
  progress.clear();
  print(*report, json);
  if (report->damaged == 0) return {};
  return fail(ErrorCode::kIntegrity,
              counted(report->damaged, "object is", "objects are") + " damaged and not in the backup; all else is");
}

Result<void> run(const std::string& data_directory, const RebuildCommand& command, bool json) {
  storage::PosixFileLayer files;
  const SystemClock clock;
  ProgressLine progress;
  storage::RebuildOptions options;
  options.data_directory = data_directory;
  options.force = command.force;
  options.on_left = [&](const storage::RebuildOptions::Left& left) {
    progress.clear();
    print_finding(finding_of(left), json);
  };
  options.on_progress = [&](std::uint64_t done) { progress.show("rebuilding: " + counted(done, "file", "files")); };
  const auto report = storage::rebuild(options, files, clock);
  if (!report) return std::unexpected(report.error());
  progress.clear();
  print(*report, json);
  if (report->left == 0) return {};
  return fail(ErrorCode::kIntegrity, counted(report->left, "thing", "things") +
                                         " could not be taken over or read, each named above; all else was");
}

}  // namespace ndisk::server
