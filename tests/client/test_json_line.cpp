#include "client/json_line.hpp"
#include "tests/catch.hpp"

namespace ndisk::client {
namespace {

TEST_CASE("json line: fields keep their order and their types") {
  const auto line = to_json_line(
      {{"type", std::string("x")}, {"negative", std::int64_t{-1}}, {"most", ~std::uint64_t{0}}, {"yes", true}});
  CHECK(line == R"({"type":"x","negative":-1,"most":18446744073709551615,"yes":true})");
}

TEST_CASE("json line: a newline and quotes stay in one line") {
  CHECK(to_json_line({{"path", std::string("a\n\"b\\")}}) == R"({"path":"a\n\"b\\"})");
}

TEST_CASE("json line: a path in UTF-8 needs no base64") {
  JsonFields fields;
  add_path(fields, "Grüße");
  CHECK(to_json_line(fields) == R"({"path":"Grüße"})");
}

TEST_CASE("json line: a path that is not UTF-8 comes as base64 with padding too") {
  JsonFields fields;
  add_path(fields, "\xff\xfe\xfd\xfc");
  CHECK(to_json_line(fields) ==
        "{\"path\":\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\","
        "\"path_base64\":\"//79/A==\"}");
}

TEST_CASE("json line: any name has its own base64 beside it") {
  JsonFields fields;
  add_name(fields, "local", "\xff");
  CHECK(to_json_line(fields) == "{\"local\":\"\xEF\xBF\xBD\",\"local_base64\":\"/w==\"}");
}

}  // namespace
}  // namespace ndisk::client
