#include "client/commands/commands.hpp"
#include "client/transfer/stdin_upload.hpp"
#include "client/transfer/upload_engine.hpp"

namespace ndisk::client {
namespace {

constexpr char kStandardInput[] = "-";

net::Task<> put_stream(Context& context, Progress& progress, const PutSource& source) {
  context.interrupt.set_advice("nothing was stored; standard input can't be read again, run the whole pipeline anew");
  Transfer transfer{context.link, context.pool, context.output, progress};
  StdinUpload upload(transfer, source.remote);
  const auto uploaded = co_await upload.run();
  UploadEngine engine(context, progress);
  engine.settle(uploaded, "standard input", source.remote);
}

net::Task<> put_files(Context& context, Progress& progress, std::vector<PutSource> sources, bool recursive) {
  context.interrupt.set_advice("run the same command again to resume");
  UploadEngine engine(context, progress);
  co_await engine.run(SourceWalker(std::move(sources), recursive));
}

}  // namespace

net::Task<> put(Context& context, const PutOptions& options) {
  auto sources = plan_put(options);
  if (!sources) co_return context.tally.gave_up(sources.error());
  Progress progress(context.executor, context.options, context.output);
  net::TaskGroup shown(context.executor);
  shown.spawn(progress.run());
  if (sources->front().local == kStandardInput) {
    co_await put_stream(context, progress, sources->front());
  } else {
    co_await put_files(context, progress, std::move(*sources), options.recursive);
  }
  progress.stop();
  co_await shown.join();
}

}  // namespace ndisk::client
