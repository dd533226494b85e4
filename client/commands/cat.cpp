#include "client/commands/commands.hpp"

namespace ndisk::client {

net::Task<> cat(Context& context, const CatOptions&) {
  co_return context.tally.gave_up({ErrorCode::kInternal, "not built yet", false});
}

}  // namespace ndisk::client
