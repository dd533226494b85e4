#include "client/commands/command_line.hpp"
#include "tests/catch.hpp"
#include "tests/client/captured_stream.hpp"

namespace ndisk::client {
namespace {

std::variant<Invocation, ExitNow> parse(std::vector<std::string> words) {
  words.insert(words.begin(), "ndisk");
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  return parse_command_line(static_cast<int>(arguments.size()), arguments.data());
}

template <class Options>
Options parsed(std::vector<std::string> words) {
  const auto result = parse(std::move(words));
  REQUIRE(std::holds_alternative<Invocation>(result));
  return std::get<Options>(std::get<Invocation>(result).command);
}

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

TEST_CASE("command line: operands may be called like commands") {
  CHECK(parsed<PutOptions>({"put", "list", "put", "get"}).files == std::vector<std::string>{"list", "put", "get"});
}

TEST_CASE("command line: an operand in brackets stays one operand") {
  CHECK(parsed<PutOptions>({"put", "[a,b]"}).files == std::vector<std::string>{"[a,b]"});
  CHECK(parsed<ListOptions>({"list", "[a,b]"}).remote == "[a,b]");
  CHECK(parsed<GetOptions>({"get", "x", "-o", "[y]"}).output == "[y]");
  CHECK(global({"-s", "[::1]", "list"}).server == "[::1]");
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
               std::vector<std::string>{"--progress=maybe", "list"});
  const CapturedStream results(STDOUT_FILENO);
  const CapturedStream errors(STDERR_FILENO);
  const auto result = parse(words);
  REQUIRE(std::holds_alternative<ExitNow>(result));
  CHECK(std::get<ExitNow>(result).code == 2);
  CHECK(results.text().empty());
  CHECK(errors.text().starts_with("ndisk: usage: "));
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
