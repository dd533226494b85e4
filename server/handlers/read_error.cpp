#include "server/handlers/read_error.hpp"

#include <spdlog/spdlog.h>

namespace ndisk::server {

net::Task<> note_read_error(Request& request, const storage::FileReader& file, Error error) {
  if (error.code != ErrorCode::kIo) co_return;
  auto mark = [&request, &file] { return request.services.drive.mark_unreadable(file); };
  const auto marked = co_await net::run_blocking(request.upload_pool, mark);
  if (!marked) spdlog::error("what can't be read is not marked reason=\"{}\"", marked.error().message);
}

net::Task<> answer_read_error(Request& request, const storage::FileReader& file, Error error) {
  co_await note_read_error(request, file, error);
  request.stream.answer(error);
}

}  // namespace ndisk::server
