// Full packets while more is to come: the cork of a TCP socket (tcp(7)). Without it each record of TLS is a packet of
// its own, and may wake the other side for its 16 KiB.
#pragma once

namespace ndisk::net {

// Of a socket that outlives it. A socket that is not TCP's has none, and is as it was.
class Cork {
 public:
  explicit Cork(int socket) : socket_(socket) {}
  // What is written from now on waits in the kernel until a packet is full, 200 ms at most.
  void put_in() { set(true); }
  // What waits is sent.
  void pull_out() { set(false); }

 private:
  void set(bool in);

  int socket_;
  bool is_in_ = false;
  bool has_none_ = false;
};

}  // namespace ndisk::net
