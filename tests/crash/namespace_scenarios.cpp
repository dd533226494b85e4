// Names that change.
#include "tests/crash/scenarios.hpp"
#include "tests/crash/steps.hpp"

namespace ndisk::crash {
namespace {

std::vector<Phase> some_files() {
  Phase files;
  for (const auto* path : {"a/one", "a/two", "a/b/three", "c/four", "five"}) {
    files.push_back(put(path, "content of " + std::string(path)));
  }
  return {files};
}

Scenario rm() {
  Scenario scenario;
  scenario.name = "rm";
  scenario.before = some_files();
  scenario.phases = {alone(remove("five")), alone(remove("a"))};
  return scenario;
}

Scenario mv_files() {
  Scenario scenario;
  scenario.name = "mv-files";
  scenario.before = some_files();
  scenario.phases = {alone(move("five", "six")), alone(move("a/one", "c/four"))};
  return scenario;
}

Scenario mv_folders() {
  Scenario scenario;
  scenario.name = "mv-folders";
  scenario.moves_folders = true;
  scenario.before = some_files();
  scenario.phases = {alone(move("a", "c/a")), alone(put("a/other", "at the old name")), alone(move("c/a/b", "b"))};
  return scenario;
}

Scenario cp() {
  Scenario scenario;
  scenario.name = "cp";
  scenario.before = some_files();
  scenario.phases = {alone(copy("a", "d")), alone(make_folder("e/f")), alone(copy("five", "a/one"))};
  return scenario;
}

Scenario links() {
  Scenario scenario;
  scenario.name = "links";
  scenario.before = {alone(put_link("old", "target")), alone(put("file", "content")),
                     alone(put_link("a/link", "../file"))};
  scenario.phases = {alone(put_link("b/new", "somewhere")), alone(put_link("old", "elsewhere")),
                     alone(put_link("file", "a link by now")), alone(put("old", "a file by now")), alone(remove("a"))};
  return scenario;
}

}  // namespace

std::vector<Scenario> namespace_scenarios() { return {rm(), mv_files(), mv_folders(), cp(), links()}; }

}  // namespace ndisk::crash
