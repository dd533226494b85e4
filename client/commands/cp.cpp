#include "client/commands/commands.hpp"

namespace ndisk::client {

net::Task<> copy(Context& context, const CopyOptions&) {
  co_return context.tally.gave_up({ErrorCode::kInternal, "not built yet", false});
}

}  // namespace ndisk::client
