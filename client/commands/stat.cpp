#include "client/commands/commands.hpp"

namespace ndisk::client {

net::Task<> stat(Context& context, const StatOptions&) {
  co_return context.tally.gave_up({ErrorCode::kInternal, "not built yet", false});
}

}  // namespace ndisk::client
