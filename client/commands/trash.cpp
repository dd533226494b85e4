#include "client/commands/commands.hpp"

namespace ndisk::client {

net::Task<> trash(Context& context, const TrashOptions&) {
  co_return context.tally.gave_up({ErrorCode::kInternal, "not built yet", false});
}

}  // namespace ndisk::client
