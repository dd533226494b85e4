#include "client/commands/commands.hpp"
namespace ndisk::client {
net::Task<> get(Context&, const GetOptions&) { co_return; }
}
