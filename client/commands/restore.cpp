#include "client/commands/commands.hpp"

namespace ndisk::client {

net::Task<> restore(Context& context, const RestoreOptions&) {
  co_return context.tally.gave_up({ErrorCode::kInternal, "not built yet", false});
}

}  // namespace ndisk::client
