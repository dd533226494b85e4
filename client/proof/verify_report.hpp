// What verify says: a line for each difference on standard output, in the order in which things were looked at however
// long each takes. The I/O thread only.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "client/context.hpp"

namespace ndisk::client {

// One thing that is not as it has to be.
struct Difference {
  std::string what;                      // a stable word for JSON: "missing", "extra", "content", "kind", "target"...
  std::string line;                      // for people, as it is
  std::string path;                      // in the drive; bytes
  std::optional<std::uint64_t> receipt;  // the number of the receipt that it is about
};

class VerifyReport {
 public:
  // What became of one thing, once known: it is said when all before it were.
  struct Outcome {
    bool known = false;
    std::optional<Difference> difference;
    std::optional<Error> error;
    JsonFields fields;  // of what is as it has to be
    std::string name;   // local or in the drive
    std::uint64_t size = 0;
  };

  explicit VerifyReport(Context& context) : context_(context), room_(context.executor) {}

  // A place in the order. Valid until it is settled.
  [[nodiscard]] Outcome& begin();
  // After the outcome was filled in.
  void settle(Outcome& outcome);

  void differs(Difference difference);
  void failed(const Error& error, const std::string& name);

  // Whether so much waits for something slow that more would not be bounded.
  [[nodiscard]] bool is_crowded() const;
  net::Task<> wait_for_room();

 private:
  void say(const Outcome& outcome);

  Context& context_;
  std::deque<std::unique_ptr<Outcome>> outcomes_;
  net::Event room_;
};

}  // namespace ndisk::client
