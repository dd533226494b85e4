// Content that comes in.
#include "tests/crash/account_steps.hpp"
#include "tests/crash/scenarios.hpp"
#include "tests/crash/steps.hpp"

namespace ndisk::crash {
namespace {

Scenario small_upload() {
  Scenario scenario;
  scenario.name = "small-upload";
  scenario.phases = {alone(put("one", "the first")), alone(put("a/b/two", "the second"))};
  return scenario;
}

Scenario small_group(bool reliable_syncfs) {
  Scenario scenario;
  scenario.name = reliable_syncfs ? "small-group-syncfs" : "small-group-fsync";
  scenario.settings.reliable_syncfs = reliable_syncfs;
  scenario.before = {alone(put("there", "before"))};
  Phase group;
  // With the first on its own, enough for one sync of the whole file system.
  const int files = reliable_syncfs ? 18 : 8;
  for (int i = 0; i < files; ++i) group.push_back(put_beside("f" + std::to_string(i), "content " + std::to_string(i)));
  scenario.phases = {group};
  return scenario;
}

Scenario without_tree() {
  auto scenario = small_upload();
  scenario.name = "no-tree";
  scenario.settings.tree = false;
  return scenario;
}

constexpr std::size_t kLargeBytes = 100'000;
constexpr std::size_t kPieceBytes = 8'000;

Scenario large(const std::string& name) {
  Scenario scenario;
  scenario.name = name;
  scenario.settings.checkpoint_bytes = 24'000;
  return scenario;
}

Scenario large_upload() {
  auto scenario = large("large-upload");
  scenario.phases = {alone(upload("large", storage::pattern(kLargeBytes), kPieceBytes))};
  return scenario;
}

// A session that ends early, one that goes on where it was, and one more that never ends.
Scenario resume() {
  auto scenario = large("resume");
  const auto content = storage::pattern(kLargeBytes, 2);
  scenario.phases = {alone(send_part("large", content, 50'000, kPieceBytes)),
                     alone(upload("large", content, kPieceBytes)),
                     alone(send_part("other", storage::pattern(kLargeBytes, 3), 30'000, kPieceBytes))};
  return scenario;
}

Scenario replace() {
  auto scenario = large("replace");
  scenario.before = {alone(put("small", "old")), alone(put("large", "old too"))};
  scenario.phases = {alone(put("small", "replaced")), alone(upload("large", storage::pattern(40'000, 4), kPieceBytes)),
                     alone(put("small", "replaced again")), alone(put("same", "replaced"))};
  return scenario;
}

Scenario receipts() {
  Scenario scenario;
  scenario.name = "receipts";
  scenario.before = {alone(put_with_receipt("one", "first"))};
  scenario.phases = {alone(put_with_receipt("one", "second")), alone(make_user("ann")),
                     alone(put_with_receipt("two", "second"))};
  return scenario;
}

// Most of what is sent stands in a version that was replaced, elsewhere, and goes once the new one is there.
Scenario ranges() {
  auto scenario = large("ranges");
  scenario.settings.retention.versions = 0;
  const auto base = storage::pattern(kLargeBytes, 7);
  scenario.before = {alone(upload("large", base, kPieceBytes)), alone(put("large", "small for a while"))};
  Upload next;
  next.path = "large";
  next.base = sha256(base);
  next.content = storage::pattern(10'000, 8);
  next.content.insert(next.content.end(), base.begin() + 5'000, base.begin() + 45'000);
  next.content.insert(next.content.end(), base.begin() + 60'000, base.end());
  next.copied = {{10'000, 40'000, 5'000}, {50'000, 40'000, 60'000}};
  next.piece = kPieceBytes;
  next.until = 60'000;
  scenario.phases = {alone(send(next))};
  next.until = next.content.size();
  scenario.phases.push_back(alone(send(next)));
  scenario.phases.push_back(alone(collect()));
  return scenario;
}

// The log is moved into the catalog several times, and begins anew.
Scenario log_restart() {
  Scenario scenario;
  scenario.name = "log-restart";
  scenario.settings.log_pages = 24;
  scenario.before = {alone(put("there", "before"))};
  for (int i = 0; i < 6; ++i) {
    scenario.phases.push_back(alone(put("f" + std::to_string(i), "content " + std::to_string(i))));
  }
  return scenario;
}

}  // namespace

std::vector<Scenario> upload_scenarios() {
  return {small_upload(), small_group(true), small_group(false), without_tree(), large_upload(),
          resume(),       ranges(),          replace(),          receipts(),     log_restart()};
}

}  // namespace ndisk::crash
