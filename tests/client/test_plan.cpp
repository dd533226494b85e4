#include "client/upload/plan.hpp"

#include "tests/catch.hpp"

namespace ndisk::client {
namespace {

using Kind = SourceItem::Kind;

SourceItem item(Kind kind = Kind::kFile) {
  return {.kind = kind,
          .local = "l/x",
          .remote = RemotePath::from_wire("r/x").value(),
          .stamp = {.size = 5, .mtime = 100, .mode = 0644}};
}

wire::Entry entry(wire::Kind kind = wire::FILE) {
  wire::Entry entry;
  entry.set_path("x");
  entry.set_kind(kind);
  entry.set_size(5);
  entry.set_version(7);
  entry.mutable_attributes()->set_mtime_ns(100);
  entry.mutable_attributes()->set_mode(0644);
  entry.set_sha256(std::string(as_text(sha256(as_bytes("hello")))));
  return entry;
}

PutAction decide_on(const SourceItem& item, const wire::Entry& there, const PutRules& rules = {}) {
  return decide(item, &there, rules);
}

TEST_CASE("plan: what is not there is made, each by its kind") {
  CHECK(decide(item(), nullptr, {}) == PutAction::kCreate);
  CHECK(decide(item(Kind::kLink), nullptr, {}) == PutAction::kLink);
  CHECK(decide(item(Kind::kFolder), nullptr, {}) == PutAction::kFolder);
}

TEST_CASE("plan: the same size, time and mode are the same file") {
  CHECK(decide_on(item(), entry()) == PutAction::kSame);
}

TEST_CASE("plan: another size or time is another content, another mode alone is not") {
  auto there = entry();
  there.set_size(6);
  CHECK(decide_on(item(), there) == PutAction::kReplace);
  there = entry();
  there.mutable_attributes()->set_mtime_ns(101);
  CHECK(decide_on(item(), there) == PutAction::kReplace);
  there = entry();
  there.mutable_attributes()->set_mode(0600);
  CHECK(decide_on(item(), there) == PutAction::kAttributes);
}

TEST_CASE("plan: a link and a file of one name replace each other") {
  CHECK(decide_on(item(Kind::kLink), entry()) == PutAction::kReplace);
  CHECK(decide_on(item(), entry(wire::LINK)) == PutAction::kReplace);
}

TEST_CASE("plan: the mode of a link says nothing") {
  auto there = entry(wire::LINK);
  there.mutable_attributes()->set_mode(0777);
  CHECK(decide_on(item(Kind::kLink), there) == PutAction::kSame);
}

TEST_CASE("plan: --checksum trusts no time, and asks for no digest where sizes differ") {
  CHECK(decide_on(item(), entry(), {.checksum = true}) == PutAction::kCompare);
  auto there = entry();
  there.set_size(6);
  CHECK(decide_on(item(), there, {.checksum = true}) == PutAction::kReplace);
}

TEST_CASE("plan: what is damaged on the server is sent again, though size, time and mode are the same") {
  auto there = entry();
  there.set_damaged(true);
  CHECK(decide_on(item(), there) == PutAction::kHeal);
  there.mutable_attributes()->set_mode(0600);
  CHECK(decide_on(item(), there) == PutAction::kHeal);
  there.mutable_attributes()->set_mtime_ns(1);
  CHECK(decide_on(item(), there) == PutAction::kReplace);
  auto link = entry(wire::LINK);
  link.set_damaged(true);
  CHECK(decide_on(item(Kind::kLink), link) == PutAction::kHeal);
  CHECK(action_word(PutAction::kHeal) == "heal");
}

TEST_CASE("plan: --checksum heals what is damaged and the same, and replaces the rest") {
  auto there = entry();
  there.set_damaged(true);
  CHECK(decide_on(item(), there, {.checksum = true}) == PutAction::kCompare);
  CHECK(after_digest(item(), there, sha256(as_bytes("hello"))) == PutAction::kHeal);
  CHECK(after_digest(item(), there, sha256(as_bytes("world"))) == PutAction::kReplace);
}

TEST_CASE("plan: --no-clobber heals what is damaged only with the very same content") {
  const PutRules rules{.no_clobber = true};
  auto there = entry();
  there.set_damaged(true);
  there.mutable_attributes()->set_mtime_ns(1);
  CHECK(decide_on(item(), there, rules) == PutAction::kCompare);
  CHECK(after_digest(item(), there, sha256(as_bytes("hello")), rules) == PutAction::kHeal);
  CHECK(after_digest(item(), there, sha256(as_bytes("world")), rules) == PutAction::kKeep);
  there.set_size(6);
  CHECK(decide_on(item(), there, rules) == PutAction::kKeep);
  there.set_damaged(false);
  there.set_size(5);
  CHECK(decide_on(item(), there, rules) == PutAction::kKeep);
}

TEST_CASE("plan: after the digest, equal content keeps its version unless time or mode differ") {
  CHECK(after_digest(item(), entry(), sha256(as_bytes("hello"))) == PutAction::kSame);
  CHECK(after_digest(item(), entry(), sha256(as_bytes("world"))) == PutAction::kReplace);
  auto there = entry();
  there.mutable_attributes()->set_mtime_ns(1);
  CHECK(after_digest(item(), there, sha256(as_bytes("hello"))) == PutAction::kAttributes);
}

TEST_CASE("plan: --no-clobber keeps whatever is there") {
  auto there = entry();
  there.set_size(6);
  CHECK(decide_on(item(), there, {.no_clobber = true}) == PutAction::kKeep);
  CHECK(decide_on(item(), entry(wire::LINK), {.no_clobber = true}) == PutAction::kKeep);
  CHECK(decide(item(), nullptr, {.no_clobber = true}) == PutAction::kCreate);
}

TEST_CASE("plan: no-clobber keeps no folder in the place of a file or link: it is refused as without") {
  for (const auto kind : {Kind::kFile, Kind::kLink}) {
    const auto there = entry(wire::FOLDER);
    CHECK(decide_on(item(kind), there, {.no_clobber = true}) == PutAction::kRefuse);
    CHECK(refusal(item(kind), &there, {.no_clobber = true}).code == ErrorCode::kIsFolder);
  }
}

TEST_CASE("plan: --if-match refuses another version and names both") {
  CHECK(decide_on(item(), entry(), {.if_match = 7}) == PutAction::kSame);
  const PutRules rules{.if_match = 6};
  const auto there = entry();
  REQUIRE(decide_on(item(), there, rules) == PutAction::kRefuse);
  const auto error = refusal(item(), &there, rules);
  CHECK(error.code == ErrorCode::kConflict);
  CHECK(error.message.find("7") != std::string::npos);
  CHECK(error.message.find("6") != std::string::npos);
}

TEST_CASE("plan: --if-match refuses where nothing is") {
  const PutRules rules{.if_match = 6};
  CHECK(decide(item(), nullptr, rules) == PutAction::kRefuse);
  CHECK(refusal(item(), nullptr, rules).code == ErrorCode::kConflict);
}

TEST_CASE("plan: a file and a folder never take each other's place") {
  const auto folder = entry(wire::FOLDER), file = entry();
  REQUIRE(decide_on(item(), folder) == PutAction::kRefuse);
  CHECK(refusal(item(), &folder, {}).code == ErrorCode::kIsFolder);
  REQUIRE(decide_on(item(Kind::kFolder), file) == PutAction::kRefuse);
  CHECK(refusal(item(Kind::kFolder), &file, {}).code == ErrorCode::kNotFolder);
}

TEST_CASE("plan: a folder's mode and time are attributes") {
  CHECK(decide_on(item(Kind::kFolder), entry(wire::FOLDER)) == PutAction::kSame);
  auto there = entry(wire::FOLDER);
  there.mutable_attributes()->set_mtime_ns(1);
  CHECK(decide_on(item(Kind::kFolder), there) == PutAction::kAttributes);
}

}  // namespace
}  // namespace ndisk::client
