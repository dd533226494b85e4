// What is damaged, and made whole: a catalog that is gone, content that is rotten, rows that are wrong.
#include <fcntl.h>

#include <stdexcept>

#include "storage/sqlite.hpp"
#include "tests/crash/account_steps.hpp"
#include "tests/crash/scenarios.hpp"
#include "tests/crash/steps.hpp"

namespace ndisk::crash {
namespace {

std::string in_data(const std::string& path) { return std::string(kData) + "/" + path; }

void must(bool done, const std::string& what) {
  if (!done) throw std::runtime_error("can't damage " + what);
}

// Other bytes, with the old mtime.
void rot(SimulatedDisk& disk, const std::string& path) {
  const auto file = disk.find(kRootFolder, path);
  must(file.has_value(), path);
  const auto mtime = disk.status(*file)->mtime;
  must(disk.write(*file, as_bytes("#"), 0) && disk.set_mtime(*file, mtime), path);
}

void add_to_tree(SimulatedDisk& disk, const std::string& name, const std::string& content) {
  const auto file = disk.open(kRootFolder, in_data("tree/" + name), O_WRONLY | O_CREAT, 0644);
  must(file && disk.write(*file, as_bytes(content), 0), name);
}

void lose_catalog(SimulatedDisk& disk) {
  must(disk.remove_file(kRootFolder, in_data("ndisk.db")).has_value(), "the catalog");
  (void)disk.remove_file(kRootFolder, in_data("ndisk.db-wal"));
}

void edit_catalog(SimulatedDisk& disk, const char* sql) {
  const SimulatedVfs vfs(disk);
  auto database = storage::Database::open(in_data("ndisk.db"), storage::DatabaseMode::kExisting, vfs.name());
  must(database.has_value(), "the catalog");
  (*database)->run_script(sql);
  must(!(*database)->take_error(), "the catalog");
}

// Names, content twice, content that no name leads to, content that is rotten, and files that somebody else put into
// the tree: among a user's, and where users' folders are.
Scenario rebuilt(const std::string& name, bool has_catalog) {
  Scenario scenario;
  scenario.name = name;
  scenario.rebuilds = true;
  scenario.settings.has_damage = has_catalog;
  scenario.before = {alone(put("one", "first")),    alone(put("one", "second")),   alone(put("a/two", "two")),
                     alone(put("a/b/same", "two")), alone(put("rotten", "whole")), alone(put("gone", "in the trash")),
                     alone(remove("gone"))};
  scenario.strangers = {"no user's folder"};
  scenario.damage = [has_catalog](SimulatedDisk& disk) {
    rot(disk, in_data("tree/owner/rotten"));
    add_to_tree(disk, "owner/foreign", "put there by somebody");
    add_to_tree(disk, "ann", "no user's folder");
    if (!has_catalog) lose_catalog(disk);
  };
  return scenario;
}

// Rotten content that another user has whole, totals that are wrong, names of the tree that are gone, an earlier
// version that the catalog has lost, and what somebody saved in the tree: beside what is shown there, and over it.
Scenario repaired() {
  Scenario scenario;
  scenario.name = "repair";
  scenario.settings.has_damage = true;
  scenario.before = {alone(put("one", "of two users")), alone(put_of("ann", "hers", "of two users")),
                     alone(put("a/two", "two")), alone(put("three", "three")), alone(put("four", "four")),
                     alone(put("five", "forgotten")), alone(put("five", "five"))};
  scenario.strangers = {"saved beside", "saved over", "forgotten"};
  scenario.damage = [](SimulatedDisk& disk) {
    rot(disk, in_data("tree/owner/one"));
    for (const char* name : {"three", "four"}) {
      must(disk.remove_file(kRootFolder, in_data("tree/owner/") + name).has_value(), "the tree");
    }
    add_to_tree(disk, "owner/a/new", "saved beside");
    add_to_tree(disk, "owner/four", "saved over");
    edit_catalog(disk,
                 "UPDATE users SET bytes = bytes + 5, files = files + 1 WHERE name = 'owner';"
                 "DELETE FROM versions WHERE id NOT IN (SELECT version FROM nodes)");
  };
  scenario.phases = {alone(repair())};
  return scenario;
}

}  // namespace

std::vector<Scenario> mending_scenarios() {
  return {rebuilt("rebuild", false), rebuilt("rebuild-force", true), repaired()};
}

}  // namespace ndisk::crash
