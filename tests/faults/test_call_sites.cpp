// What the sweep by site relies on: calls from one place are told from those from another, and can be made to fail.
#include <unistd.h>

#include <cerrno>
#include <set>
#include <thread>

#include "tests/catch.hpp"
#include "tests/faults/system_calls.hpp"

namespace ndisk::faults {
namespace {

bool look() { return ::access("/", F_OK) == 0; }
[[gnu::noinline]] bool look_through() { return look(); }

// Three calls from one place, one from another, two through a function.
std::vector<bool> make_calls() {
  std::vector<bool> worked;
  for (int i = 0; i < 3; ++i) worked.push_back(::access("/", F_OK) == 0);
  worked.push_back(::access("/", F_OK) == 0);
  worked.push_back(look_through());
  worked.push_back(look_through());
  return worked;
}

std::vector<bool> run(const Fault& fault) {
  const StacksEndHere mark;
  arm(fault);
  const auto worked = make_calls();
  heal();
  return worked;
}

std::vector<CallSite> noted() {
  run({.error = EIO, .notes_sites = true});
  return sites_of_calls();
}

// Further from where the thread began.
[[gnu::noinline]] std::vector<CallSite> noted_deeper() {
  auto sites = noted();
  return sites;
}

}  // namespace

TEST_CASE("call sites: calls from one place have one site, and no other place has it") {
  const auto sites = noted();
  REQUIRE(sites.size() == 6);
  CHECK(sites[0] == sites[1]);
  CHECK(sites[0] == sites[2]);
  CHECK(std::set<CallSite>(sites.begin(), sites.end()).size() == 4);
}

TEST_CASE("call sites: whoever runs the steps does not matter, nor does the thread") {
  const auto sites = noted();
  CHECK(noted_deeper() == sites);
  std::vector<CallSite> elsewhere;
  std::thread([&] { elsewhere = noted(); }).join();
  CHECK(elsewhere == sites);
}

TEST_CASE("call sites: the nth call from a site fails, as often as is asked for, wherever the next come from") {
  using Worked = std::vector<bool>;
  const auto sites = noted();
  CHECK(run({.error = EIO, .nth = 1, .times = 1, .site = sites[0]}) == Worked{0, 1, 1, 1, 1, 1});
  CHECK(run({.error = EIO, .nth = 3, .times = 1, .site = sites[0]}) == Worked{1, 1, 0, 1, 1, 1});
  CHECK(number_of_failed_call() == 3);
  CHECK(run({.error = EIO, .nth = 1, .times = 2, .site = sites[4]}) == Worked{1, 1, 1, 1, 0, 0});
  CHECK(run({.error = EIO, .nth = 1, .times = kUntilHealed, .site = sites[3]}) == Worked{1, 1, 1, 0, 0, 0});
  CHECK(failed_call() == "access /");
  CHECK(run({.error = EIO, .nth = 2, .times = 1, .site = sites[3]}) == Worked{1, 1, 1, 1, 1, 1});
  CHECK(calls_from_site() == 1);
  CHECK(number_of_failed_call() == 0);
}

}  // namespace ndisk::faults
