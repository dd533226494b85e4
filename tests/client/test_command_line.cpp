#include "client/commands/command_line.hpp"
#include "tests/catch.hpp"
#include "tests/client/captured_stream.hpp"
#include "tests/client/parsed_command.hpp"

namespace ndisk::client {
namespace {

GlobalOptions global(std::vector<std::string> words) { return std::get<Invocation>(parse(std::move(words))).global; }

TEST_CASE("command line: global options stand before or after the command") {
  CHECK(global({"--json", "-s", "nas", "list"}).json);
  CHECK(global({"list", "--json", "-s", "nas"}).server == "nas");
  CHECK(global({"list", "--progress=json"}).progress == ProgressMode::kJson);
}

TEST_CASE("command line: a word that is no command is named") {
  const CapturedStream errors(STDERR_FILENO);
  const auto result = parse({"lsit"});
  CHECK(std::get<ExitNow>(result).code == 2);
  CHECK(errors.text().find("'lsit' is not a command") != std::string::npos);
}

TEST_CASE("command line: an unknown word behind a command is named, whatever is missing") {
  const auto [words, named] = GENERATE(
      table<std::vector<std::string>, std::string>({{{"put", "--nonsense"}, "'--nonsense' is no option"},
                                                    {{"list", "--nonsense"}, "'--nonsense' is no option"},
                                                    {{"login", "a", "b"}, "login takes one invite in one word"},
                                                    {{"trash", "lost"}, "'lost' is one too many"}}));
  const CapturedStream errors(STDERR_FILENO);
  const auto result = parse(words);
  CHECK(std::get<ExitNow>(result).code == 2);
  CHECK(errors.text().find(named) != std::string::npos);
}

// Made up: whole, by its check.
constexpr char kInvite[] =
    "ndisk://nas.local:7420,192.168.1.5:80,[2001:db8::1]:65535/#"
    "AQABAgMEBQYHCAkKCwwNDg___v38-_r5-Pf29fTz8vHw7-7t7Ovq6ejn5uXk4-Lh4I47Okg";

TEST_CASE("command line: an invite where none is taken is refused, and not repeated") {
  const std::string link = GENERATE(as<std::string>{}, kInvite, kInvite + 8, "ndisk://nas/#AQABAg");
  const auto words = GENERATE_COPY(
      std::vector<std::string>{"put", link}, std::vector<std::string>{"list", "--", link},
      std::vector<std::string>{"mkdir", "a", link}, std::vector<std::string>{"get", "a", "-o", link},
      std::vector<std::string>{"find", "--name=" + link}, std::vector<std::string>{"login", link, "-s", link},
      std::vector<std::string>{"--profile", link, "list"}, std::vector<std::string>{"get", "a", "--version", link},
      std::vector<std::string>{"list", "--json", link});
  CAPTURE(words);
  const CapturedStream results(STDOUT_FILENO);
  const CapturedStream errors(STDERR_FILENO);
  const auto result = parse(words);
  REQUIRE(std::holds_alternative<ExitNow>(result));
  CHECK(std::get<ExitNow>(result).code == 2);
  CHECK_THAT(errors.text(), Catch::Contains("ndisk login") && !Catch::Contains("AQABAg"));
  CHECK_THAT(results.text(), !Catch::Contains("AQABAg"));
}

TEST_CASE("command line: login takes an invite, and what is wrong behind it is named") {
  CHECK(parsed<LoginOptions>({"login", kInvite}).invite == kInvite);
  const CapturedStream errors(STDERR_FILENO);
  CHECK(std::get<ExitNow>(parse({"login", kInvite, "--bogus"})).code == 2);
  CHECK_THAT(errors.text(), Catch::Contains("'--bogus' is no option"));
}

TEST_CASE("command line: names with a '#' are operands like others") {
  CHECK(parsed<PutOptions>({"put", "C#/a.txt", "#1.mp3"}).files == std::vector<std::string>{"C#/a.txt", "#1.mp3"});
}

TEST_CASE("command line: operands may be called like commands") {
  CHECK(parsed<PutOptions>({"put", "list", "put", "get"}).files == std::vector<std::string>{"list", "put", "get"});
}

TEST_CASE("command line: an operand in brackets stays one operand") {
  CHECK(parsed<PutOptions>({"put", "[a,b]"}).files == std::vector<std::string>{"[a,b]"});
  CHECK(parsed<ListOptions>({"list", "[a,b]"}).remotes == std::vector<std::string>{"[a,b]"});
  CHECK(parsed<GetOptions>({"get", "x", "-o", "[y]"}).output == "[y]");
  CHECK(global({"-s", "[::1]", "list"}).server == "[::1]");
}

TEST_CASE("command line: operands that CLI11 would take for more than words stay as they are") {
  const auto* word = GENERATE("[a,b]", "{}", "%%", "[]", "", "\x01", "a,b");
  CHECK(parsed<CatOptions>({"cat", word}).remotes == std::vector<std::string>{word});
  CHECK(parsed<CatOptions>({"cat", word, "b"}).remotes == std::vector<std::string>{word, "b"});
  CHECK(parsed<FindOptions>({"find", "--name", word}).names == std::vector<std::string>{word});
}

TEST_CASE("command line: what follows two dashes is an operand") {
  CHECK(parsed<PutOptions>({"put", "--", "-r"}).files == std::vector<std::string>{"-r"});
}

TEST_CASE("command line: a lone dash is an operand") {
  const auto options = parsed<PutOptions>({"put", "-", "--name", "x"});
  CHECK(options.files == std::vector<std::string>{"-"});
  CHECK(options.name == "x");
}

TEST_CASE("command line: options and operands may be mixed") {
  const auto options = parsed<PutOptions>({"put", "-r", "a", "-t", "dir", "b"});
  CHECK(options.recursive);
  CHECK(options.files == std::vector<std::string>{"a", "b"});
  CHECK(options.target_directory == "dir");
}

TEST_CASE("command line: ls is list, and -0 asks for raw names") { CHECK(parsed<ListOptions>({"ls", "-0"}).raw); }

TEST_CASE("command line: mistakes are usage errors on standard error") {
  const auto words =
      GENERATE(std::vector<std::string>{}, std::vector<std::string>{"nonsense"}, std::vector<std::string>{"put"},
               std::vector<std::string>{"list", "--nonsense"}, std::vector<std::string>{"list", "-q", "-v"},
               std::vector<std::string>{"put", "a", "--name", "b", "-t", "c"},
               std::vector<std::string>{"--progress=maybe", "list"}, std::vector<std::string>{"mv", "a"},
               std::vector<std::string>{"mv", "-T", "a", "b", "c"}, std::vector<std::string>{"rm"},
               std::vector<std::string>{"mv", "-T", "a", "-t", "b"}, std::vector<std::string>{"mkdir"},
               std::vector<std::string>{"cp", "--version", "5", "a", "b", "c"},
               std::vector<std::string>{"get", "a", "--version", "x"},
               std::vector<std::string>{"restore", "a", "b", "--version", "5"},
               std::vector<std::string>{"trash", "restore", "a", "b", "--to", "c"},
               std::vector<std::string>{"trash", "empty", "--older-than", "soon"},
               std::vector<std::string>{"put", "a", "--no-clobber", "--if-match", "5"},
               std::vector<std::string>{"put", "a", "--exclude", ""},
               std::vector<std::string>{"get", "a", "--on-collision", "explode"},
               std::vector<std::string>{"find", "--type", "q"}, std::vector<std::string>{"find", "--type", "f,"},
               std::vector<std::string>{"find", "--size", "+x"}, std::vector<std::string>{"find", "--newer", "2026"},
               std::vector<std::string>{"find", "--max-depth", "-1"}, std::vector<std::string>{"du", "-s", "-d", "2"});
  const CapturedStream results(STDOUT_FILENO);
  const CapturedStream errors(STDERR_FILENO);
  const auto result = parse(words);
  REQUIRE(std::holds_alternative<ExitNow>(result));
  CHECK(std::get<ExitNow>(result).code == 2);
  CHECK(results.text().empty());
  CHECK(errors.text().starts_with("ndisk: usage: "));
}

TEST_CASE("command line: with --json a usage error is an object, and a summary follows") {
  const auto words = GENERATE(std::vector<std::string>{"--json", "put", "--nonsense"},
                              std::vector<std::string>{"put", "--if-match", "x", "--json"});
  const CapturedStream results(STDOUT_FILENO);
  const CapturedStream errors(STDERR_FILENO);
  CHECK(std::get<ExitNow>(parse(words)).code == 2);
  CHECK(results.text().starts_with(R"({"type":"error","code":"invalid","message":")"));
  CHECK(results.text().ends_with(
      R"({"type":"summary","schema":1,"command":"put","done":0,"failed":1,"bytes":0,"unchanged":0,"exit_code":2})"
      "\n"));
}

TEST_CASE("command line: help and version go to standard output") {
  const auto* flag = GENERATE("--help", "--version");
  const CapturedStream results(STDOUT_FILENO);
  const auto result = parse({flag});
  REQUIRE(std::holds_alternative<ExitNow>(result));
  CHECK(std::get<ExitNow>(result).code == 0);
  CHECK(results.text().find("ndisk") != std::string::npos);
}

}  // namespace
}  // namespace ndisk::client
