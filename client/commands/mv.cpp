#include "client/commands/commands.hpp"

namespace ndisk::client {

net::Task<> move(Context& context, const MoveOptions&) {
  co_return context.tally.gave_up({ErrorCode::kInternal, "not built yet", false});
}

}  // namespace ndisk::client
