#include "client/transfer/upload_engine.hpp"

#include "client/entry_text.hpp"
#include "client/request.hpp"
#include "common/random.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

using protocol::FrameType;

constexpr std::size_t kBatch = 128;
constexpr std::size_t kFilesAtOnce = 512;
constexpr std::size_t kMemoryBytes = 8 * 1024 * 1024;
constexpr std::size_t kMemoryOfOne = 2 * protocol::kMaxDataBytes;  // of a large file: a block read, a block queued
// What would be sent again after a crash of the server: it may hold up to 48 MiB of an upload unsafely.
constexpr std::size_t kUnsettledBytes = 60 * 1024 * 1024;
constexpr std::size_t kUnsettledOfOne = 48 * 1024 * 1024;

std::size_t at_most(std::uint64_t size, std::size_t limit) {
  return static_cast<std::size_t>(std::min<std::uint64_t>(size, limit));
}

}  // namespace

UploadEngine::UploadEngine(Context& context, Progress& progress)
    : context_(context),
      transfer_{context.link, context.pool, context.output, progress},
      progress_(progress),
      slots_(context.executor, kFilesAtOnce),
      memory_(context.executor, kMemoryBytes),
      unsettled_(context.executor, kUnsettledBytes),
      tasks_(context.executor) {}

bool UploadEngine::is_over() const { return context_.link.stopping() || context_.link.given_up().has_value(); }

net::Task<> UploadEngine::run(SourceWalker walker) {
  auto look = [&walker] { return walker.next(kBatch); };
  while (!is_over()) {
    auto items = co_await net::run_blocking(context_.pool, look);
    if (items.empty()) break;
    for (const auto& item : items) {
      if (item.kind == SourceItem::Kind::kFile) progress_.found(item.size);
    }
    for (auto& item : items) {
      if (!is_over()) co_await start(std::move(item));
    }
  }
  if (!is_over()) progress_.all_found();
  co_await tasks_.join();
}

// Only this coroutine waits for the budgets, so that files start in the order in which they were found.
net::Task<> UploadEngine::start(SourceItem item) {
  if (item.kind == SourceItem::Kind::kSkipped) co_return context_.output.note(item.error.message);
  if (item.kind == SourceItem::Kind::kProblem) co_return context_.tally.failed(item.error, item.local);
  Shares shares;
  shares.slot = co_await slots_.take(1);
  shares.memory = co_await memory_.take(at_most(item.size, kMemoryOfOne));
  shares.unsettled = co_await unsettled_.take(at_most(item.size, kUnsettledOfOne));
  if (item.kind == SourceItem::Kind::kEmptyFolder) {
    tasks_.spawn(make_folder(std::move(item), std::move(shares)));
  } else {
    tasks_.spawn(upload(std::move(item), std::move(shares)));
  }
}

net::Task<> UploadEngine::upload(SourceItem item, [[maybe_unused]] Shares shares) {
  const auto uploaded = co_await upload_file(transfer_, item.local, item.remote, item.size);
  settle(uploaded, item.local, item.remote);
}

net::Task<> UploadEngine::make_folder(SourceItem item, [[maybe_unused]] Shares shares) {
  const auto id = random_bytes<protocol::kRequestIdBytes>();
  wire::MakeFolder message;
  message.set_request_id(std::string(as_text(id)));
  message.set_path(item.remote.bytes());
  const auto made = co_await request<wire::Done>(context_.link, FrameType::kMakeFolder, message, FrameType::kDone);
  if (context_.link.given_up()) co_return context_.tally.gave_up(*context_.link.given_up());
  if (!made) co_return context_.tally.failed(made.error(), item.remote.bytes());
  if (context_.output.json()) context_.output.add_object(folder_fields(item.remote.bytes()));
  [[maybe_unused]] const auto written = context_.output.flush();  // said at the end
}

void UploadEngine::settle(const Result<Uploaded>& uploaded, const std::string& local, const RemotePath& remote) {
  if (!uploaded && context_.link.given_up()) return context_.tally.gave_up(*context_.link.given_up());
  if (!uploaded) {
    const bool about_remote = uploaded.error().message.find(shown_name(local)) == std::string::npos;
    return context_.tally.failed(uploaded.error(), about_remote ? remote.bytes() : local);
  }
  context_.tally.done(uploaded->size);
  progress_.file_done();
  if (!context_.output.prints_each()) return;
  if (context_.output.json()) {
    auto fields = file_fields({.path = remote.bytes(),
                               .size = uploaded->size,
                               .mtime = uploaded->stamp.mtime,
                               .mode = uploaded->stamp.mode,
                               .sha256 = uploaded->sha256,
                               .version = uploaded->version});
    fields.emplace_back("unchanged", uploaded->unchanged);
    fields.emplace_back("instant", uploaded->instant);
    context_.output.add_object(fields);
  } else {
    context_.output.add_line(shown_name(remote.bytes()));
  }
  [[maybe_unused]] const auto written = context_.output.flush();  // said at the end
}

}  // namespace ndisk::client
