// A server's session that is sent what a client thought up, with a drive behind it; and what it answered.
//
// One thread, which is the session's I/O thread while converse() runs. Two threads of the process, kept for all
// conversations, do the blocking work.
#pragma once

#include <vector>

#include "server/peer.hpp"
#include "storage/drive.hpp"
#include "tests/fuzz/choices.hpp"
#include "tests/fuzz/scripted_frames.hpp"

namespace ndisk::fuzz {

struct Conversation {
  server::Peer peer;
  Bytes sent;              // frames, or what should have been some
  std::size_t pause_at;    // the session is told to go away when so many bytes of them have been read, if it is at all
  bool is_device = false;  // a plain user's, which has logged in with device_key() before all of them are sent
  bool goes_away = false;
  unsigned lingers = 0;  // turns that the server's pools get before the connection ends
};

// Set in the first byte where a plain user's device speaks.
constexpr std::uint8_t kIsDevice = 128;

// The first byte decides what kind of peer says the rest: one that is logged in, as who administers the server or as
// any user, or one that has yet to try.
[[nodiscard]] Conversation conversation_of(ByteView input);

// Everything that the session sent until it closed. Throws where an answer breaks the protocol: a frame that can't be,
// on a stream that was never opened, or after the last word on its stream.
std::vector<protocol::Frame> converse(storage::Drive& drive, const Conversation& conversation);

}  // namespace ndisk::fuzz
