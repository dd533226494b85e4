#include "client/tally.hpp"
#include "tests/catch.hpp"
#include "tests/client/captured_stream.hpp"

namespace ndisk::client {
namespace {

struct Fixture {
  GlobalOptions options;
  Output output{options};
  Tally tally{output};
  CapturedStream errors{STDERR_FILENO};

  void fail(ErrorCode code) { tally.failed({code, "gone"}, "name"); }
};

TEST_CASE_METHOD(Fixture, "tally: nothing failed is 0") {
  tally.done(5);
  CHECK(tally.exit_code() == 0);
}

TEST_CASE_METHOD(Fixture, "tally: a lone operand keeps its own code") {
  fail(ErrorCode::kNotFound);
  CHECK(tally.exit_code() == 3);
}

TEST_CASE_METHOD(Fixture, "tally: some of several failed is 7") {
  tally.done();
  fail(ErrorCode::kNotFound);
  CHECK(tally.exit_code() == 7);
}

TEST_CASE_METHOD(Fixture, "tally: different failures are 7 even if nothing was done") {
  fail(ErrorCode::kNotFound);
  fail(ErrorCode::kNotAllowed);
  CHECK(tally.exit_code() == 7);
}

TEST_CASE_METHOD(Fixture, "tally: what ended everything gives the code, and is said once") {
  tally.done();
  tally.gave_up({ErrorCode::kNetwork, "the server is gone"});
  tally.gave_up({ErrorCode::kNetwork, "the server is gone"});
  CHECK(tally.exit_code() == 10);
  CHECK(errors.text() == "ndisk: the server is gone\n");
}

TEST_CASE_METHOD(Fixture, "tally: each thing that was given up counts as failed") {
  tally.gave_up({ErrorCode::kNetwork, "the server is gone"});
  tally.gave_up({ErrorCode::kNetwork, "the server is gone"});
  CHECK(to_json_line(tally.summary("put", 10)) ==
        R"({"type":"summary","schema":1,"command":"put","done":0,"failed":2,"bytes":0,"unchanged":0,"exit_code":10})");
}

TEST_CASE_METHOD(Fixture, "tally: an error names what it is about, escaped, and only once") {
  tally.failed({ErrorCode::kNotFound, "no such file"}, "a\nb");
  tally.failed({ErrorCode::kNotFound, "reading c: no such file"}, "c");
  CHECK(errors.text() == "ndisk: a\\nb: no such file\nndisk: reading c: no such file\n");
}

TEST_CASE_METHOD(Fixture, "tally: a server's words can't steer the terminal") {
  tally.failed({ErrorCode::kInternal, "\x1b[31mred"}, "a");
  CHECK(errors.text() == "ndisk: a: \\x1B[31mred\n");
}

TEST_CASE("tally: in JSON an error is an object on standard output, too") {
  const CapturedStream errors(STDERR_FILENO);
  const CapturedStream results(STDOUT_FILENO);
  Output output({.json = true});
  Tally tally(output);
  tally.failed({ErrorCode::kNotFound, "no such file"}, "a");
  REQUIRE(output.flush());
  CHECK(results.text() ==
        "{\"type\":\"error\",\"code\":\"not_found\",\"message\":\"a: no such file\",\"path\":\"a\"}\n");
  CHECK(errors.text() == "ndisk: a: no such file\n");
}

TEST_CASE("tally: the summary has the numbers and the exit code") {
  const CapturedStream errors(STDERR_FILENO);
  Output output({});
  Tally tally(output);
  tally.done(5);
  tally.done(6);
  tally.failed({ErrorCode::kNotFound, "no such file"}, "a");
  CHECK(to_json_line(tally.summary("put", 7)) ==
        R"({"type":"summary","schema":1,"command":"put","done":2,"failed":1,"bytes":11,"unchanged":0,"exit_code":7})");
}

TEST_CASE_METHOD(Fixture, "tally: a difference ends with the code of integrity, whatever else was done or failed") {
  tally.done();
  tally.differed();
  fail(ErrorCode::kNotFound);
  CHECK(tally.exit_code() == 8);
}

TEST_CASE_METHOD(Fixture, "tally: a secret in the name of what failed is shown neither in the error nor before it") {
  const auto name = "nas/#A" + std::string(70, 'x');
  tally.failed({ErrorCode::kNotFound, name + ": no such file"}, name);
  CHECK(errors.text() == "ndisk: nas/#(secret): no such file\n");
}

}  // namespace
}  // namespace ndisk::client
