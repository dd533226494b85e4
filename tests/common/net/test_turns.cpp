#include "common/net/turns.hpp"

#include <string>

#include "tests/catch.hpp"

namespace ndisk::net {
namespace {

std::string all_of(Turns<char>& turns) {
  std::string order;
  while (!turns.empty()) order += turns.pop();
  return order;
}

void push(Turns<char>& turns, Turn turn, const std::string& work) {
  for (const char piece : work) turns.push(turn, piece);
}

}  // namespace

TEST_CASE("turns: one session is served in its order") {
  Turns<char> turns;
  push(turns, {1, 1}, "abc");
  CHECK(all_of(turns) == "abc");
}

TEST_CASE("turns: a user who comes late waits for one piece of work, however much is queued") {
  Turns<char> turns;
  push(turns, {1, 1}, "aaaaaa");
  push(turns, {2, 2}, "bb");
  CHECK(all_of(turns) == "ababaaaa");
}

TEST_CASE("turns: a user with many sessions gets no more than a user with one") {
  Turns<char> turns;
  for (std::uint64_t session = 1; session <= 4; ++session) push(turns, {1, session}, "aa");
  push(turns, {2, 9}, "bbb");
  CHECK(all_of(turns) == "abababaaaaa");
}

TEST_CASE("turns: the sessions of a user take turns among themselves") {
  Turns<char> turns;
  push(turns, {1, 1}, "aaa");
  push(turns, {1, 2}, "bb");
  CHECK(all_of(turns) == "ababa");
}

TEST_CASE("turns: who comes back after its last piece queues behind the others") {
  Turns<char> turns;
  push(turns, {1, 1}, "a");
  push(turns, {2, 2}, "bb");
  CHECK(turns.pop() == 'a');
  push(turns, {1, 1}, "a");
  CHECK(all_of(turns) == "bab");
  CHECK(turns.size() == 0);
}

}  // namespace ndisk::net
