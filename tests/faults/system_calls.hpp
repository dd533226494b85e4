// The system calls that this test program makes on its disk, with failures where the test wants them: the C library's
// functions are replaced by ones that count and, when it is their turn, fail. So the file layer's own handling and
// SQLite's are tried too, and nothing of either is pretended.
//
// A sync that fails loses what was written since the last one that did not: the old bytes stand in the file again, as
// they do once a kernel that gave up writing has dropped its pages. Whoever trusts them after all is found out.
//
// There is one C library in a process, so what is planned is the process's. Thread-safe.
#pragma once

#include <string>
#include <vector>

#include "tests/faults/call_site.hpp"

namespace ndisk::faults {

inline constexpr int kCutShort = 0;  // as an error: reads and writes do half of what they were asked for

struct Fault {
  int error = kCutShort;  // errno
  int nth = 0;            // counted from 1 over the calls that can fail in this way; 0: none does
  int times = 1;          // and as many of those that follow, until heal()
  std::string only{};     // counted are the calls of this function alone, "syncfs"; empty: of all
  CallSite site = 0;      // `nth` is counted over the calls from here alone; 0: from anywhere
  bool notes_sites = false;
};

inline constexpr int kUntilHealed = 1'000'000'000;

// From now on. What was written before counts as synced.
void arm(const Fault& fault);
void heal();
// How many calls since arm() could have failed in the way that was asked for.
[[nodiscard]] int calls_that_could_fail();
// The first that did, as "pwrite ndisk.db-wal"; empty: none.
[[nodiscard]] std::string failed_call();
// Which of the calls that could have failed it was, counted from 1; 0: none did.
[[nodiscard]] int number_of_failed_call();
// As many of them as came from the fault's site, until one failed.
[[nodiscard]] int calls_from_site();
// Where each of them was made, if the fault notes that.
[[nodiscard]] std::vector<CallSite> sites_of_calls();

}  // namespace ndisk::faults
