#include "common/net/cork.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace ndisk::net {

void Cork::set(bool in) {
  if (in == is_in_ || has_none_) return;
  const int value = in ? 1 : 0;
  has_none_ = ::setsockopt(socket_, IPPROTO_TCP, TCP_CORK, &value, sizeof value) != 0;
  is_in_ = in;
}

}  // namespace ndisk::net
