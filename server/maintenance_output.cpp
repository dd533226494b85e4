#include "server/maintenance_output.hpp"

#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "common/shown_name.hpp"
#include "server/byte_size.hpp"

namespace ndisk::server {
namespace {

void print_line(const nlohmann::ordered_json& line) {
  std::printf("%s\n", line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
  std::fflush(stdout);
}

std::string shown_place(const wire::Finding& finding) {
  auto place = finding.user().empty() ? std::string() : finding.user() + ":/";
  place += shown_name(finding.path());
  if (finding.version() != 0) place += " (version " + std::to_string(finding.version()) + ")";
  return place.empty() ? std::string("the catalog") : place;
}

const char* word_of(const wire::Finding& finding) {
  if (finding.mended()) return "mended";
  return finding.damage() ? "damage" : "remark";
}

std::string counted(std::uint64_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

void clear_progress() {
  if (::isatty(STDERR_FILENO) != 0) std::fprintf(stderr, "\r\033[K");
}

}  // namespace

void print_finding(const wire::Finding& finding, bool json) {
  clear_progress();
  if (!json) {
    std::printf("%s: %s: %s; %s\n", word_of(finding), shown_place(finding).c_str(), finding.cause().c_str(),
                finding.advice().c_str());
    std::fflush(stdout);
    return;
  }
  nlohmann::ordered_json line = {{"type", "finding"}, {"kind", finding.kind()}};
  line["user"] = finding.user().empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(finding.user());
  line["path"] = is_utf8(finding.path()) ? finding.path() : shown_name(finding.path());
  line["version"] = finding.version() == 0 ? nlohmann::ordered_json() : nlohmann::ordered_json(finding.version());
  line["cause"] = finding.cause();
  line["advice"] = finding.advice();
  line["damage"] = finding.damage();
  line["mended"] = finding.mended();
  line["kept"] = finding.kept().empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(finding.kept());
  print_line(line);
}

void print_summary(const wire::CheckSummary& summary, bool json) {
  clear_progress();
  if (json) {
    return print_line({{"type", "summary"},
                       {"objects", summary.objects()},
                       {"read_bytes", summary.bytes()},
                       {"skipped_bytes", summary.skipped_bytes()},
                       {"damage", summary.damage()},
                       {"mended", summary.mended()},
                       {"litter", summary.litter()},
                       {"kept", summary.kept()}});
  }
  auto text = "checked " + counted(summary.objects(), "object", "objects");
  if (summary.bytes() > 0) text += ", read " + human_bytes(summary.bytes());
  if (summary.skipped_bytes() > 0) {
    text += " (and " + human_bytes(summary.skipped_bytes()) + " in the check that was interrupted)";
  }
  text += ": ";
  text += summary.damage() == 0 ? "no damage" : counted(summary.damage(), "fault", "faults");
  if (summary.mended() > 0) text += ", " + std::to_string(summary.mended()) + " mended";
  if (summary.kept() > 0) text += ", " + std::to_string(summary.kept()) + " moved to quarantine/";
  if (summary.litter() > 0) text += ", " + counted(summary.litter(), "file", "files") + " that nothing refers to";
  std::printf("%s\n", text.c_str());
}

void print_summary(const wire::CollectSummary& summary, bool json) {
  clear_progress();
  if (json) {
    return print_line({{"type", "summary"},
                       {"expired_uploads", summary.expired_uploads()},
                       {"trash", summary.trash()},
                       {"versions", summary.versions()},
                       {"nodes", summary.nodes()},
                       {"objects", summary.objects()},
                       {"litter", summary.litter()},
                       {"damaged", summary.damaged()},
                       {"newly_damaged", summary.newly_damaged()},
                       {"held_up", summary.held_up()}});
  }
  std::printf("freed: %s, %s, %s, %s, %s\n", counted(summary.objects(), "object", "objects").c_str(),
              counted(summary.versions(), "version", "versions").c_str(),
              counted(summary.trash(), "item of the trash", "items of the trash").c_str(),
              counted(summary.expired_uploads(), "upload", "uploads").c_str(),
              counted(summary.litter(), "file that nothing referred to", "files that nothing referred to").c_str());
  if (summary.held_up()) std::puts("a backup is under way: content that nothing refers to is freed by a later gc");
  if (summary.damaged() == 0 && summary.newly_damaged() == 0) return;
  std::printf("damaged: %s, %s found now\n", counted(summary.damaged(), "object", "objects").c_str(),
              std::to_string(summary.newly_damaged()).c_str());
}

void print_progress(const wire::MaintenanceProgress& progress) {
  if (::isatty(STDERR_FILENO) == 0) return;
  const bool bytes = progress.phase() == "reading";
  const auto shown = [&](std::uint64_t number) { return bytes ? human_bytes(number) : std::to_string(number); };
  auto text = progress.phase() + " " + shown(progress.done());
  if (progress.total() > 0) text += " of " + shown(progress.total());
  std::fprintf(stderr, "\r\033[K%s", text.c_str());
}

}  // namespace ndisk::server
