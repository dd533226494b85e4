// What was there before, and how it goes for good.
#include "tests/crash/scenarios.hpp"
#include "tests/crash/steps.hpp"

namespace ndisk::crash {
namespace {

Scenario restored() {
  Scenario scenario;
  scenario.name = "restore";
  scenario.before = {alone(put("one", "first")), alone(put("one", "second")), alone(put("a/two", "in the trash")),
                     alone(remove("a"))};
  scenario.phases = {alone(restore("one")), alone(restore_trash("a"))};
  return scenario;
}

Scenario collected() {
  Scenario scenario;
  scenario.name = "collection";
  scenario.settings.retention.versions = 0;
  scenario.before = {alone(put("one", "first")), alone(put("one", "second")), alone(put("a/two", "two")),
                     alone(put("a/three", "three")), alone(put("kept", "two"))};
  scenario.phases = {alone(remove("a")), alone(empty_trash()), alone(collect()), alone(put("three", "three"))};
  return scenario;
}

// A first backup, by links, and one over it that brings content by copies and takes some away.
Scenario backed_up() {
  Scenario scenario;
  scenario.name = "backup";
  scenario.settings.retention.versions = 0;
  scenario.settings.tree = false;
  scenario.before = {alone(put("one", "first")), alone(put("a/two", "two"))};
  scenario.phases = {alone(back_up("first backup")), alone(put("one", "second")), alone(collect()),
                     alone(back_up("second backup", true))};
  return scenario;
}

}  // namespace

std::vector<Scenario> history_scenarios() { return {restored(), collected(), backed_up()}; }

}  // namespace ndisk::crash
