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

void remember_placed(WriteContext& context, const Asked& asked, const Placed& placed);

}  // namespace ndisk::storage
