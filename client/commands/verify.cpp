#include "client/commands/commands.hpp"

namespace ndisk::client {

net::Task<> verify(Context& context, const VerifyOptions&) {
  co_return context.tally.gave_up({ErrorCode::kInternal, "not built yet", false});
}

}  // namespace ndisk::client
