#include "server/handlers/rows.hpp"

namespace ndisk::server {

void end_rows(Stream& stream, const Result<void>& sent) {
  if (stream.is_cancelled()) return stream.answer({ErrorCode::kCancelled, "cancelled", false});
  if (stream.is_over()) return;  // rows may be missing: by an End they would pass for all
  if (!sent) return stream.answer(sent.error());
  stream.end();
}

}  // namespace ndisk::server
