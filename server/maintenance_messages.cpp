#include "server/maintenance_messages.hpp"

#include "common/shown_name.hpp"

namespace ndisk::server {
namespace {

// The wire's texts are UTF-8, and the system's own may not be.
std::string utf8(const std::string& text) { return is_utf8(text) ? text : shown_name(text); }

}  // namespace

wire::Finding to_wire(const storage::Finding& finding) {
  wire::Finding message;
  message.set_kind(storage::finding_word(finding.kind));
  message.set_user(finding.user);
  message.set_path(finding.path);
  message.set_version(finding.version);
  message.set_cause(utf8(finding.cause));
  message.set_advice(utf8(finding.advice));
  message.set_damage(finding.damage);
  message.set_mended(finding.mended);
  message.set_kept(utf8(finding.kept));
  return message;
}

wire::CheckSummary to_wire(const storage::CheckReport& report) {
  wire::CheckSummary message;
  message.set_objects(report.objects);
  message.set_bytes(report.bytes);
  message.set_damage(report.damage);
  message.set_mended(report.mended);
  message.set_litter(report.litter);
  message.set_skipped_bytes(report.skipped_bytes);
  message.set_kept(report.kept);
  return message;
}

wire::CollectSummary to_wire(const storage::CollectReport& report) {
  wire::CollectSummary message;
  message.set_expired_uploads(report.expired_uploads);
  message.set_trash(report.trash);
  message.set_versions(report.versions);
  message.set_nodes(report.nodes);
  message.set_objects(report.objects);
  message.set_litter(report.litter);
  message.set_damaged(report.damaged);
  message.set_newly_damaged(report.newly_damaged);
  message.set_held_up(report.held_up);
  return message;
}

wire::MaintenanceProgress to_wire(const storage::CheckProgress& progress) {
  wire::MaintenanceProgress message;
  message.set_phase(progress.phase);
  message.set_done(progress.done);
  message.set_total(progress.total);
  return message;
}

}  // namespace ndisk::server
