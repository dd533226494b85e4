// What was answered to a request id of a device before: a lost answer is given again, not made again. Inside the
// writer's transaction.
#pragma once

#include "storage/write_context.hpp"

namespace ndisk::storage {

// A request on its way: whose, and which.
struct Asked {
  const Actor& actor;
  const RequestId& id;
  RequestKind kind = RequestKind::kCommit;
};

// Nothing: it was not answered. kInvalid: it was another kind of request.
[[nodiscard]] Result<std::optional<RequestRow>> find_answer(WriteContext& context, const Asked& asked);
[[nodiscard]] Result<std::optional<Placed>> find_placed(WriteContext& context, const Asked& asked);
// The same on any snapshot: what is committed.
[[nodiscard]] Result<std::optional<Placed>> find_placed(Database& database, const Asked& asked);
// What a change has to look at before it is made, by `check`: not of one that was answered, which only says so again.
template <class Check>
[[nodiscard]] Result<void> check_unanswered(WriteContext& context, const Asked& asked, Check check) {
  const auto answered = find_answer(context, asked);
  if (!answered || *answered) return {};
  return check();
}

void remember_placed(WriteContext& context, const Asked& asked, const Placed& placed);

}  // namespace ndisk::storage
