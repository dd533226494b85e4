#include "client/commands/command_line.hpp"
#include "common/clock.hpp"
#include "tests/catch.hpp"
#include "tests/client/parsed_command.hpp"

namespace ndisk::client {
namespace {

using Words = std::vector<std::string>;

TEST_CASE("command line: --include and --exclude keep their order") {
  const auto filter =
      parsed<PutOptions>({"put", "--exclude", "*.o", "a", "--include=*.c", "--exclude", "[a,b]"}).filter;
  REQUIRE(filter.rules.size() == 3);
  CHECK_FALSE(filter.rules[0].include);
  CHECK(filter.rules[0].pattern == "*.o");
  CHECK(filter.rules[1].include);
  CHECK(filter.rules[1].pattern == "*.c");
  CHECK(filter.rules[2].pattern == "[a,b]");
}

TEST_CASE("command line: put takes its options") {
  const auto options = parsed<PutOptions>(
      {"put", "-rnc", "--follow", "--if-match", "7", "--receipt", "r", "--then-remove", "--files-from", "-", "a"});
  CHECK((options.recursive && options.dry_run && options.checksum && options.follow && options.then_remove));
  CHECK(options.if_match == 7);
  CHECK(options.receipt == "r");
  CHECK(options.filter.files_from == "-");
  CHECK(options.files == Words{"a"});
}

TEST_CASE("command line: get takes its options, and --version is a version there") {
  const auto options =
      parsed<GetOptions>({"get", "a", "--version", "7", "--on-collision=rename", "--no-clobber", "-n"});
  CHECK(options.version == 7);
  CHECK(options.on_collision == Collision::kRename);
  CHECK((options.no_clobber && options.dry_run));
}

TEST_CASE("command line: the last operand of mv and cp is where to") {
  const auto one = parsed<MoveOptions>({"mv", "a", "b"});
  CHECK(one.sources == Words{"a"});
  CHECK(one.destination == "b");
  CHECK_FALSE(one.into_folder);
  const auto many = parsed<CopyOptions>({"cp", "-rn", "a", "b", "c"});
  CHECK(many.sources == Words{"a", "b"});
  CHECK((many.into_folder && many.recursive && many.no_clobber));
  CHECK(parsed<MoveOptions>({"mv", "-T", "a", "b"}).exact);
}

TEST_CASE("command line: with -t every operand of mv and cp is a source") {
  const auto options = parsed<MoveOptions>({"mv", "-t", "d", "a"});
  CHECK(options.sources == Words{"a"});
  CHECK(options.destination == "d");
  CHECK(options.into_folder);
}

TEST_CASE("command line: conditions of find") {
  const auto options = parsed<FindOptions>({"find", "/a", "--name", "*.jpg", "--name", "[ab]", "--type", "f,l",
                                            "--size", "+1k", "--size", "-1M", "--empty", "--max-depth", "0", "-0"});
  CHECK(options.remotes == Words{"/a"});
  CHECK(options.names == Words{"*.jpg", "[ab]"});
  CHECK(options.kinds == std::vector{FindKind::kFile, FindKind::kLink});
  CHECK(options.min_size == 1025);
  CHECK(options.max_size == 1024 * 1024 - 1);
  CHECK((options.empty && options.raw));
  CHECK(options.max_depth == 0);
}

TEST_CASE("command line: a time of find is between those that it is given") {
  const auto options = parsed<FindOptions>(
      {"find", "--newer", "2020-01-01", "--newer", "2021-01-01", "--older", "2023-01-01", "--older", "2022-01-01"});
  CHECK(options.newer_than == 1'609'459'200 * kSecondNs);
  CHECK(options.older_than == 1'640'995'200 * kSecondNs);
}

TEST_CASE("command line: -h of du is for people, as GNU's") {
  const auto options = parsed<DiskUsageOptions>({"du", "-sh", "a"});
  CHECK((options.summarize && options.human));
  CHECK(parsed<DiskUsageOptions>({"du", "-d", "2"}).max_depth == 2);
}

TEST_CASE("command line: the trash has three actions, and lists when none is named") {
  CHECK(parsed<TrashOptions>({"trash"}).action == TrashAction::kList);
  CHECK(parsed<TrashOptions>({"trash", "list", "-0"}).raw);
  const auto restored = parsed<TrashOptions>({"trash", "restore", "42", "--to", "x"});
  CHECK(restored.action == TrashAction::kRestore);
  CHECK(restored.items == Words{"42"});
  CHECK(restored.to == "x");
  const auto emptied = parsed<TrashOptions>({"trash", "empty", "--older-than", "2020-01-01"});
  CHECK(emptied.action == TrashAction::kEmpty);
  CHECK(emptied.older_than == 1'577'836'800 * kSecondNs);
}

TEST_CASE("command line: items of the trash may be called like its actions") {
  CHECK(parsed<TrashOptions>({"trash", "restore", "list", "empty"}).items == Words{"list", "empty"});
}

TEST_CASE("command line: global options stand behind an action of the trash, too") {
  CHECK(std::get<Invocation>(parse({"trash", "list", "--json", "-v"})).global.json);
}

TEST_CASE("command line: rm -f without an operand is fine, as rm's") {
  CHECK(parsed<RemoveOptions>({"rm", "-f"}).remotes.empty());
}

}  // namespace
}  // namespace ndisk::client
