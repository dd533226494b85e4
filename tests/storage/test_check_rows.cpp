// Rows of folders that are missing or say too little, numbers that are given out twice, the trash, and receipts.
#include "tests/storage/check_fixture.hpp"

namespace ndisk::storage {

using Lines = std::vector<std::string>;

TEST_CASE("check: a folder without a row is found, and a repair counts what it holds") {
  for (const bool root : {false, true}) {
    CheckFixture fixture;
    REQUIRE(fixture.put("a/b/c", "content"));
    fixture.edit_catalog(root ? "DELETE FROM folders WHERE id = (SELECT root FROM users)"
                              : "DELETE FROM folders WHERE id = (SELECT id FROM nodes WHERE name = CAST('b' AS BLOB))");
    CHECK(fixture.check().lines() == Lines{root ? "totals owner:" : "totals owner:a/b"});
    CHECK_THAT(fixture.check().causes(), Catch::Contains("was not counted"));
    CHECK(fixture.repair().report.mended == 1);
    fixture.check_clean();
    fixture.check_catalog();
    REQUIRE(fixture.put("a/b/d", "more"));
    fixture.check_clean();
    fixture.check_catalog();
  }
}

TEST_CASE("check: a folder that says its paths are shorter than they are is found, and a repair measures them") {
  CheckFixture fixture;
  REQUIRE(fixture.put("a/b/a long name", "content"));
  fixture.edit_catalog("UPDATE folders SET reach = 5 WHERE id = (SELECT id FROM nodes WHERE name = CAST('a' AS BLOB))");
  CHECK(fixture.check().lines() == Lines{"totals owner:a"});
  CHECK(fixture.repair().lines() == Lines{"totals owner:a mended"});
  fixture.check_clean();
  // More than there is does no harm: what is gone may have been longer.
  REQUIRE(fixture.remove("a/b/a long name"));
  fixture.check_clean();
}

TEST_CASE("check: a number that is to be given out, though somebody has it, is found, and a repair raises it") {
  struct Case {
    const char* sql;
    const char* cause;
  };
  const Case cases[] = {
      {"UPDATE counters SET value = 2 WHERE name = 'node'", "the next node would get the number 2"},
      // A block is reserved at the start: the next one begins where this one has its objects.
      {"UPDATE objects SET id = id + 70000; UPDATE versions SET object = object + 70000; UPDATE counters SET value = "
       "60000 "
       "WHERE name = 'object'",
       "the next object would get the number 60000"},
      {"UPDATE counters SET value = 1 WHERE name = 'user'", "the next user would get the number 1"},
  };
  for (const auto& one : cases) {
    INFO(one.sql);
    CheckFixture fixture;
    REQUIRE(fixture.put("a/b", "content"));
    fixture.edit_catalog(one.sql);
    CHECK_THAT(fixture.check().causes(), Catch::Contains(one.cause));
    CHECK_THAT(fixture.repair().causes(), Catch::Contains(one.cause));
    CHECK_THAT(fixture.check().causes(), !Catch::Contains(one.cause));
    REQUIRE(fixture.put("c/d", "more"));
    REQUIRE(fixture.make_folder("e"));
    CHECK(fixture.content("c/d") == "more");
    fixture.drive.reset();
    fixture.open();
    CHECK_THAT(fixture.check().causes(), !Catch::Contains(one.cause));
  }
}

TEST_CASE("check: what stands in the trash without an item is found and left alone") {
  CheckFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  REQUIRE(fixture.remove("a"));
  fixture.edit_catalog("DELETE FROM trash");
  const auto found = fixture.repair();
  CHECK_THAT(found.causes(), Catch::Contains("has no item there"));
  CHECK(found.report.mended == 0);
  CHECK_THAT(fixture.check().causes(), Catch::Contains("has no item there"));
}

TEST_CASE("check: an item of the trash whose file is in the drive is found and left alone") {
  CheckFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  fixture.edit_catalog(
      "INSERT INTO trash (user, node, path, removed, device, files, bytes, kind) SELECT 1, id, x'61', "
      "1700000000000000000, x'00', 1, 7, 1 FROM nodes");
  CHECK_THAT(fixture.repair().causes(), Catch::Contains("is not in the trash"));
  CHECK(fixture.content("a") == "content");
}

TEST_CASE("check: folders that stand in each other are found and left alone") {
  CheckFixture fixture;
  REQUIRE(fixture.put("a/b/c", "content"));
  fixture.edit_catalog(
      "UPDATE nodes SET parent = (SELECT id FROM nodes WHERE name = CAST('b' AS BLOB)) WHERE name = CAST('a' AS BLOB)");
  const auto found = fixture.repair();
  CHECK_THAT(found.causes(), Catch::Contains("stands in itself"));
  CHECK_THAT(fixture.check().causes(), Catch::Contains("stands in itself"));
}

TEST_CASE("check: a chain of receipts that is broken is found, once for each user, and left alone") {
  struct Case {
    const char* sql;
    const char* cause;
  };
  const Case cases[] = {
      {"DELETE FROM receipts WHERE sequence = 1", "the receipts before receipt 2 are missing, from 1 on"},
      {"DELETE FROM receipts WHERE sequence = 2", "the receipts before receipt 3 are missing, from 2 on"},
      {"UPDATE receipts SET previous = zeroblob(32) WHERE sequence = 2", "receipt 2 does not follow the one before it"},
      {"UPDATE receipts SET durable = durable + 1 WHERE sequence = 2", "receipt 2 is not of what is stored"},
      {"UPDATE receipts SET path = x'7a' WHERE sequence = 3", "receipt 3 is not of what is stored"},
  };
  for (const auto& one : cases) {
    INFO(one.sql);
    CheckFixture fixture;
    for (const char* name : {"a", "b", "c"}) {
      auto file = fixture.small(name, to_bytes(name));
      file.receipt = true;
      REQUIRE(fixture.put(std::move(file)));
    }
    fixture.check_clean();
    fixture.edit_catalog(one.sql);
    CHECK_THAT(fixture.repair().causes(), Catch::Contains(one.cause));
    CHECK(fixture.check().lines().size() == 1);
  }
}

TEST_CASE("check: a chain of receipts stays whole when earlier versions go") {
  CheckFixture fixture;
  for (int i = 0; i < 15; ++i) {
    auto file = fixture.small("a", to_bytes(std::to_string(i)));
    file.receipt = true;
    REQUIRE(fixture.put(std::move(file)));
  }
  fixture.clock.advance(100 * kDayNs);
  fixture.collect();
  CHECK(fixture.versions("a").size() < 15);
  fixture.check_clean();
}

}  // namespace ndisk::storage
