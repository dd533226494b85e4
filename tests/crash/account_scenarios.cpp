// Who is let in, and who no more.
#include "tests/crash/account_steps.hpp"
#include "tests/crash/scenarios.hpp"
#include "tests/crash/steps.hpp"

namespace ndisk::crash {
namespace {

Step send_by(const std::string& device) {
  Upload upload;
  upload.path = "large of " + device;
  upload.content = storage::pattern(50'000, 6);
  upload.until = 20'000;
  upload.piece = 10'000;
  upload.device = device;
  return send(std::move(upload));
}

// Two devices of a user, each with an upload that waits to be resumed, and a third that comes in.
Scenario accounts() {
  Scenario scenario;
  scenario.name = "accounts";
  scenario.settings.devices = {"laptop", "tablet", "phone", "thief"};
  scenario.before = {alone(put("one", "the owner's")), alone(make_user("ann"))};
  for (const auto* device : {"laptop", "tablet"}) {
    scenario.before.push_back(alone(enrol("ann", device)));
    scenario.before.push_back(alone(send_by(device)));
  }
  scenario.before.push_back(alone(put_by("laptop", "a/hers", "ann's")));
  scenario.phases = {alone(invite("ann", "phone")), alone(enrol("ann", "phone")), alone(refuse("phone", "thief")),
                     alone(revoke("laptop")),       alone(remove_user("ann")),    alone(collect())};
  return scenario;
}

// A user is removed, and another one of that name comes.
Scenario same_name() {
  Scenario scenario;
  scenario.name = "same-name";
  scenario.settings.devices = {"laptop", "notebook"};
  scenario.before = {alone(make_user("ann")), alone(enrol("ann", "laptop")), alone(send_by("laptop")),
                     alone(put_by("laptop", "a/hers", "the first one's"))};
  scenario.phases = {alone(remove_user("ann")), alone(make_user("ann")), alone(invite("ann", "notebook")),
                     alone(enrol("ann", "notebook")), alone(put_by("notebook", "a/new", "the second one's"))};
  return scenario;
}

}  // namespace

std::vector<Scenario> account_scenarios() { return {accounts(), same_name()}; }

}  // namespace ndisk::crash
