#include "server/handlers/open_file.hpp"

namespace ndisk::server {

net::Task<Result<OpenFile>> take_open_turn(Request& request) {
  OpenFile file;
  auto turn = co_await request.stream.take_of(request.turns, 1);
  if (!turn || request.stream.is_over()) co_return fail(ErrorCode::kCancelled, "cancelled");
  file.turn = std::move(*turn);
  auto share = request.services.open_files.take(request.actor.user);
  if (!share) co_return std::unexpected(std::move(share.error()));
  file.share = std::move(*share);
  co_return file;
}

net::Task<Result<OpenFile>> open_in_turn(Request& request, const storage::OpenTarget& target) {
  auto file = co_await take_open_turn(request);
  if (!file) co_return file;
  auto open = [&request, &target] { return request.services.drive.open_file(request.actor, target); };
  auto opened = co_await net::run_blocking(request.pool, open);
  if (!opened) co_return std::unexpected(std::move(opened.error()));
  file->reader = std::move(*opened);
  co_return file;
}

}  // namespace ndisk::server
