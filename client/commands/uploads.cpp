#include <fmt/format.h>

#include <set>

#include "client/commands/commands.hpp"
#include "client/commands/each_operand.hpp"
#include "client/commands/pages.hpp"
#include "client/entry_text.hpp"
#include "client/request.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

using protocol::FrameType;

void show(Output& output, const wire::UploadInfo& upload) {
  const auto id = to_hex(as_bytes(upload.upload_id()));
  if (!output.json()) {
    const auto size = upload.has_size() ? std::to_string(upload.size()) : std::string("?");
    output.add_line(fmt::format("{} {}/{} {} {} {}", id, upload.durable(), size, shown_name(upload.device_name()),
                                shown_time(upload.started_ns()), shown_name(upload.path())));
    return;
  }
  JsonFields fields{{"type", std::string("upload")}, {"id", id}};
  add_path(fields, upload.path());
  if (upload.has_size()) fields.emplace_back("size", upload.size());
  fields.emplace_back("durable", upload.durable());
  fields.emplace_back("device", upload.device_name());
  fields.emplace_back("started", std::int64_t{upload.started_ns()});
  fields.emplace_back("touched", std::int64_t{upload.touched_ns()});
  fields.emplace_back("active", upload.active());
  output.add_object(fields);
}

net::Task<Result<void>> show_all(Context& context) {
  Pages<wire::ListUploads, wire::UploadsPage> pages(context.link, FrameType::kListUploads, wire::ListUploads(),
                                                    FrameType::kUploadsPage);
  std::set<std::string> shown;  // after a lost connection they come again
  for (;;) {
    const auto page = co_await pages.next();
    if (!page) co_return std::unexpected(page.error());
    if (!*page) co_return Result<void>();
    for (const auto& upload : (*page)->uploads()) {
      if (!shown.insert(upload.upload_id()).second) continue;
      show(context.output, upload);
      context.tally.done();
    }
    const bool written = co_await write_output(context);
    if (!written) co_return Result<void>();  // said at the end
  }
}

net::Task<Result<void>> cancel(Link& link, const std::string& text) {
  const auto id = from_hex(text);
  if (!id || id->size() != protocol::kUploadIdBytes) {
    co_return fail(ErrorCode::kInvalid, "upload '" + shown_name(text) + "': not an id; ndisk uploads lists them");
  }
  wire::CancelUpload message;
  message.set_upload_id(std::string(as_text(*id)));
  const auto done = co_await request<wire::Done>(link, FrameType::kCancelUpload, message, FrameType::kDone);
  if (!done) co_return std::unexpected(done.error());
  co_return Result<void>();
}

}  // namespace

net::Task<> uploads(Context& context, const UploadsOptions& options) {
  if (options.cancel) {
    const auto cancelled = co_await cancel(context.link, *options.cancel);
    if (!cancelled) co_return context.tally.gave_up(cancelled.error());
    context.tally.done();
    if (context.output.json()) {
      context.output.add_object({{"type", std::string("cancelled")}, {"id", *options.cancel}});
    }
    co_return;
  }
  const auto shown = co_await show_all(context);
  if (!shown) co_return context.tally.gave_up(shown.error());
}

}  // namespace ndisk::client
