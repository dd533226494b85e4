#include "client/commands/commands.hpp"

namespace ndisk::client {

net::Task<> make_folder(Context& context, const MakeFolderOptions&) {
  co_return context.tally.gave_up({ErrorCode::kInternal, "not built yet", false});
}

}  // namespace ndisk::client
