#include "common/protocol/bulk.hpp"
#include "server/handlers/convert.hpp"
#include "server/handlers/drive_call.hpp"
#include "server/handlers/entries.hpp"
#include "server/handlers/receipts.hpp"

namespace ndisk::server {
namespace {

// The payload becomes the file's content.
Result<storage::SmallFile> parse(Bytes payload) {
  const auto view = protocol::parse_small(payload);
  if (!view) return std::unexpected(view.error());
  const auto message = protocol::parse_message<wire::PutSmall>(view->message);
  if (!message) return std::unexpected(message.error());
  auto file = small_file_of(*message);
  if (!file) return file;
  if (file->kind == storage::Kind::kLink) {
    if (auto checked = check_link_target(as_text(view->content)); !checked) return std::unexpected(checked.error());
  }
  const auto before = static_cast<std::ptrdiff_t>(payload.size() - view->content.size());
  payload.erase(payload.begin(), payload.begin() + before);
  file->content = std::move(payload);
  return file;
}

}  // namespace

net::Task<> handle_put_small(Request request, Stream::Incoming first) {
  auto file = parse(std::move(first.frame.payload));
  if (!file) co_return request.stream.answer(file.error());
  auto put = [&request, &file](storage::Completion<storage::Committed> done) {
    request.services.drive.put_small(request.actor, std::move(*file), std::move(done));
  };
  const auto committed = co_await drive_call<storage::Committed>(request.upload_pool, put);
  answer_committed(request, committed);
}

}  // namespace ndisk::server
