#include "server/handlers/done.hpp"

namespace ndisk::server {

using protocol::FrameType;

void answer_done(Stream& stream, const Result<std::uint64_t>& change) {
  if (!change) return stream.answer(change.error());
  wire::Done done;
  done.set_change(*change);
  stream.answer(FrameType::kDone, done);
}

void answer_done(Stream& stream, const Result<storage::Placed>& placed) {
  if (!placed) return stream.answer(placed.error());
  wire::Done done;
  done.set_change(placed->change);
  done.set_path(placed->path);
  stream.answer(FrameType::kDone, done);
}

void answer_done(Stream& stream, const Result<void>& done) {
  if (!done) return stream.answer(done.error());
  stream.answer(FrameType::kDone, wire::Done());
}

}  // namespace ndisk::server
