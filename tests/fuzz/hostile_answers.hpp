// A server that answers what a fuzzer thought up, on a Unix socket, one connection after the other.
//
// It greets and welcomes as it should; then each stream that the client opens gets the next group of frames of the
// script. When the script is over, or a connection ends, it answers nothing more and closes. One thread of its own,
// from construction to destruction.
#pragma once

#include <string>
#include <thread>

#include "common/protocol/frame.hpp"
#include "tests/fuzz/choices.hpp"

namespace ndisk::fuzz {

class HostileAnswers {
 public:
  HostileAnswers(const std::string& socket_path, ByteView script);
  ~HostileAnswers();
  HostileAnswers(const HostileAnswers&) = delete;
  HostileAnswers& operator=(const HostileAnswers&) = delete;

 private:
  void serve();
  void talk(int connection);
  [[nodiscard]] bool answer(int connection, const protocol::Frame& frame);
  [[nodiscard]] Bytes next_group(protocol::StreamId stream);
  [[nodiscard]] bool wait_for(int descriptor) const;

  Choices script_;
  protocol::StreamId last_stream_ = 0;
  int listener_;
  int stop_;  // readable when it is time to end
  std::jthread thread_;
};

}  // namespace ndisk::fuzz
