#include "server/stranger_log.hpp"

#include "tests/catch.hpp"

namespace ndisk::server {

using std::chrono::seconds;

TEST_CASE("stranger log: so many lines at once, then one in a while, and how many were left out") {
  LineBudget budget(3, seconds(2));
  LineBudget::TimePoint now{seconds(1000)};
  for (int i = 0; i < 3; ++i) CHECK(budget.ask(now).write);
  for (int i = 0; i < 5; ++i) CHECK_FALSE(budget.ask(now).write);
  now += seconds(2);
  const auto answer = budget.ask(now);
  CHECK(answer.write);
  CHECK(answer.left_out == 5);
  CHECK_FALSE(budget.ask(now).write);
}

TEST_CASE("stranger log: after a quiet time there is room for as many lines as at first, not more") {
  LineBudget budget(3, seconds(2));
  LineBudget::TimePoint now{seconds(1000)};
  for (int i = 0; i < 10; ++i) static_cast<void>(budget.ask(now));
  now += seconds(1'000'000);
  for (int i = 0; i < 3; ++i) CHECK(budget.ask(now).write);
  CHECK_FALSE(budget.ask(now).write);
}

}  // namespace ndisk::server
