// Frames from a stream of bytes: the same whatever the pieces in which it comes, and no memory that a length claims.
#include "common/protocol/frame.hpp"

#include <vector>

#include "tests/fuzz/choices.hpp"
#include "tests/fuzz/targets.hpp"

namespace ndisk::fuzz {
namespace {

struct Parsed {
  std::vector<Bytes> frames;  // header and payload, as they were sent
  std::string error;
  bool at_boundary = true;

  friend bool operator==(const Parsed&, const Parsed&) = default;
};

void keep(const protocol::Frame& frame, std::size_t came, Parsed& parsed) {
  require(frame.payload.size() == frame.header.length, "a frame has as many bytes as its header says");
  require(frame.payload.capacity() <= came * 2 + 64 * 1024, "memory grows with what came, not with what was claimed");
  const auto header = protocol::encode_header(frame.header);
  Bytes whole(header.begin(), header.end());
  whole.insert(whole.end(), frame.payload.begin(), frame.payload.end());
  parsed.frames.push_back(std::move(whole));
}

// `sizes` has the lengths of the pieces, each plus one, over and over; empty: all at once.
Parsed parse(ByteView stream, ByteView sizes, std::size_t limit) {
  protocol::FrameParser parser;
  parser.limit_payload(limit);
  Parsed parsed;
  std::size_t came = 0;
  for (std::size_t turn = 0; came < stream.size() && parsed.error.empty(); ++turn) {
    const auto left = stream.size() - came;
    const auto size = sizes.empty() ? left : std::min<std::size_t>(left, sizes[turn % sizes.size()] + std::size_t{1});
    auto piece = stream.subspan(came, size);
    came += size;
    for (;;) {
      const auto before = piece.size();
      auto frame = parser.next(piece);
      if (!frame) {
        parsed.error = frame.error().message;
        require(!parser.next(piece), "a broken stream stays broken");
        break;
      }
      if (!*frame) {
        require(piece.empty(), "a parser that wants more has taken all");
        break;
      }
      require(piece.size() <= before, "bytes are taken from the front");
      keep(**frame, came, parsed);
    }
  }
  parsed.at_boundary = parser.at_boundary();
  return parsed;
}

}  // namespace

void frame_parser(ByteView input) {
  Choices choices(input);
  const auto limit = choices.below(2) == 0 ? protocol::kMaxPayloadBytes : protocol::kMaxLoginBytes;
  const auto sizes = choices.piece(choices.below(8));
  const auto stream = choices.rest();
  const auto whole = parse(stream, {}, limit);
  require(whole == parse(stream, sizes, limit), "the pieces make no difference");
  std::size_t at = 0;
  for (const auto& frame : whole.frames) {
    require(std::ranges::equal(frame, stream.subspan(at, frame.size())), "a frame is the bytes that came");
    at += frame.size();
  }
}

}  // namespace ndisk::fuzz
