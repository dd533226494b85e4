#include "common/chunks/copy_plan.hpp"

#include "tests/catch.hpp"

namespace ndisk::chunks {
namespace {

KnownChunks known(const std::vector<Chunk>& chunks) {
  KnownChunks known;
  known.add(std::vector<Range>{{0, UINT64_MAX}}, chunks);
  known.sort();
  return known;
}

const std::vector<Chunk> kOld{{100, 1}, {200, 2}, {300, 3}, {200, 2}, {400, 4}};

CopyPlan plan_for(const std::vector<Chunk>& wanted, const std::vector<Chunk>& old = kOld) {
  PlanBuilder plan;
  plan.add(known(old), wanted);
  return plan.take();
}

}  // namespace

TEST_CASE("known chunks: of equal ones the preferred place is taken, else the first") {
  const auto old = known(kOld);
  CHECK(old.count() == 5);
  CHECK(old.find({200, 2}, 600) == 600);
  CHECK(old.find({200, 2}, 100) == 100);
  CHECK(old.find({200, 2}, 0) == 100);
  CHECK(old.find({200, 2}, UINT64_MAX) == 100);
}

TEST_CASE("known chunks: of those with one hash the one of the right length is found") {
  const auto old = known({{10, 7}, {30, 7}, {20, 7}});
  CHECK(old.find({20, 7}, 0) == 40);
  CHECK(old.find({30, 7}, 40) == 10);
  CHECK(old.find({40, 7}, 0) == std::nullopt);
}

TEST_CASE("known chunks: where there are none nothing is found") {
  CHECK(known({}).find({0, 0}, 0) == std::nullopt);
  CHECK(known({}).count() == 0);
}

TEST_CASE("copy plan: what follows each other at both ends is one piece") {
  const auto plan = plan_for(kOld);
  CHECK(plan.pieces == std::vector<Piece>{{1200, 0}});
  CHECK(plan.copied == 1200);
  CHECK(plan.sent == 0);
}

TEST_CASE("copy plan: what is in another order, twice, or fresh is a piece each") {
  const auto plan = plan_for({{400, 4}, {100, 1}, {200, 2}, {50, 9}, {60, 8}, {100, 1}, {100, 1}});
  CHECK(plan.pieces == std::vector<Piece>{{400, 800}, {300, 0}, {110, std::nullopt}, {100, 0}, {100, 0}});
  CHECK(plan.copied == 900);
  CHECK(plan.sent == 110);
}

TEST_CASE("copy plan: after something fresh the old content is followed where it was left") {
  const auto plan = plan_for({{300, 3}, {50, 9}, {200, 2}});
  CHECK(plan.pieces == std::vector<Piece>{{300, 300}, {50, std::nullopt}, {200, 600}});
}

TEST_CASE("copy plan: of nothing there is nothing") {
  CHECK(plan_for({}).pieces.empty());
  CHECK(plan_for({{5, 1}}, {}).pieces == std::vector<Piece>{{5, std::nullopt}});
}

TEST_CASE("copy plan: all of a content is its beginning alone, in one piece") {
  CHECK(is_all_of(plan_for(kOld), 1200));
  CHECK(is_all_of(plan_for({{100, 1}, {200, 2}}), 300));
  CHECK_FALSE(is_all_of(plan_for({{200, 2}, {300, 3}}), 500));
  CHECK_FALSE(is_all_of(plan_for({{100, 1}, {50, 9}}), 150));
  CHECK_FALSE(is_all_of(plan_for({{50, 9}}), 50));
  CHECK_FALSE(is_all_of(plan_for(kOld), 1201));
  CHECK_FALSE(is_all_of({}, 0));
}

TEST_CASE("walk along a plan: each place has the rest of its piece") {
  const auto plan = plan_for({{400, 4}, {50, 9}, {100, 1}});
  PlanWalk walk(plan, 550);
  CHECK(walk.at(0) == Piece{400, 800});
  CHECK(walk.at(0) == Piece{400, 800});
  CHECK(walk.at(1) == Piece{399, 801});
  CHECK(walk.at(399) == Piece{1, 1199});
  CHECK(walk.at(400) == Piece{50, std::nullopt});
  CHECK(walk.at(449) == Piece{1, std::nullopt});
  CHECK(walk.at(450) == Piece{100, 0});
  CHECK(walk.at(549) == Piece{1, 99});
}

TEST_CASE("walk along a plan: it may begin, and go on, behind pieces") {
  const auto plan = plan_for({{400, 4}, {50, 9}, {100, 1}, {60, 8}});
  CHECK(PlanWalk(plan, 610).at(470) == Piece{80, 20});
  CHECK(PlanWalk(plan, 610).at(600) == Piece{10, std::nullopt});
}

TEST_CASE("walk along a plan: what it says nothing of has to be sent") {
  const auto plan = plan_for({{400, 4}});
  PlanWalk walk(plan, 1000);
  CHECK(walk.at(399) == Piece{1, 1199});
  CHECK(walk.at(400) == Piece{600, std::nullopt});
  CHECK(walk.at(999) == Piece{1, std::nullopt});
  const CopyPlan none;
  CHECK(PlanWalk(none, 7).at(0) == Piece{7, std::nullopt});
}

TEST_CASE("walk along a plan: of a content that is shorter no more than that is said") {
  const auto plan = plan_for({{400, 4}, {50, 9}});
  CHECK(PlanWalk(plan, 300).at(100) == Piece{200, 900});
  CHECK(PlanWalk(plan, 420).at(400) == Piece{20, std::nullopt});
}

}  // namespace ndisk::chunks
