// What arbitrary bytes are given to, and what must hold whatever they are.
//
// A target takes any bytes, in bounded time and memory, and leaves nothing behind that another run could notice. Where
// a property is broken it throws; a crash, a sanitizer's finding or an exception that should have ended elsewhere
// counts the same. libFuzzer calls them (scripts/fuzz), and so does the suite, with everything in corpus/ and
// findings/. One thread.
#pragma once

#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "common/bytes.hpp"

namespace ndisk::fuzz {

struct Target {
  std::string_view name;
  void (*run)(ByteView input);
};

// All of them.
[[nodiscard]] std::span<const Target> targets();

inline void require(bool holds, const char* property) {
  if (!holds) throw std::logic_error(std::string("does not hold: ") + property);
}

void answers(ByteView input);
void configuration(ByteView input);
void drive(ByteView input);
void frame_parser(ByteView input);
void invite(ByteView input);
void message(ByteView input);
void patterns(ByteView input);
void receipts(ByteView input);
void remote_path(ByteView input);
void session(ByteView input);

}  // namespace ndisk::fuzz
