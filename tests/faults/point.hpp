// Point: one run of a scenario with one fault, and everything that is checked of it (sweep.hpp). One thread.
#pragma once

#include <vector>

#include "tests/faults/sweep.hpp"

namespace ndisk::faults {

class Point {
 public:
  // Scenario and way outlive it. With `in_turn` the calls are nearly the same each time: the tree follows each step
  // before the next is begun, so its thread makes all of its own while the disk fails; and no connection to the catalog
  // has anything of it in memory at first.
  Point(const Scenario& scenario, const Way& way, bool in_turn) : scenario_(scenario), way_(way), in_turn_(in_turn) {}

  // Only once. The nth call of those that can fail in this way fails, of all or of those from one site; 0: none.
  void try_it(int nth, CallSite site = 0);
  // The same without a failure, and sites() has something to tell.
  void note_sites();

  // How many calls could have failed.
  [[nodiscard]] int calls() const { return calls_; }
  // As many of them as came from the site.
  [[nodiscard]] int calls_from_site() const { return calls_from_site_; }
  // Whether a call failed that was to fail. The last ones may not come: threads don't always make as many.
  [[nodiscard]] bool struck() const { return struck_; }
  // Where each of the calls was made.
  [[nodiscard]] const std::vector<CallSite>& sites() const { return sites_; }

 private:
  struct Ends {
    std::vector<Result<void>> results;
    [[nodiscard]] bool all_succeeded() const;
  };

  void try_it(const Fault& fault);
  Ends run();
  void wait_for_tree();
  void check_point();
  void check_step(std::size_t number, bool succeeded);
  void check_possible(const char* when);
  [[nodiscard]] bool is_possible(const Holding& found) const;
  [[nodiscard]] bool is_possible_together(const Holding& found) const;
  void ask_again();

  const Scenario& scenario_;
  const Way& way_;
  const bool in_turn_;
  World world_;
  Holding start_;
  Ends ends_;
  int calls_ = 0;
  int calls_from_site_ = 0;
  bool struck_ = false;
  std::vector<CallSite> sites_;
};

}  // namespace ndisk::faults
