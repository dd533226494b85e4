#include "client/download/download_queue.hpp"

#include "client/entry_text.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

constexpr std::size_t kFilesAtOnce = 256;
constexpr std::size_t kMemoryBytes = 8 * 1024 * 1024;
constexpr std::size_t kMemoryOfOne = 2 * 1024 * 1024;  // of a large file: what is gathered and what waits

JsonFields fields_of(const RemoteFile& file) {
  return file_fields({.path = file.path.bytes(),
                      .size = file.size(),
                      .mtime = file.wanted.stamp.mtime,
                      .mode = file.wanted.stamp.mode,
                      .sha256 = file.wanted.sha256,
                      .version = file.version,
                      .kind = file.wanted.is_link ? wire::LINK : wire::FILE});
}

}  // namespace

DownloadQueue::DownloadQueue(Context& context, Progress& progress, Rules rules)
    : context_(context),
      transfer_{context.link, context.pool, context.output, progress, nullptr, rules.whole_files, rules.no_clobber},
      progress_(progress),
      dry_run_(rules.dry_run),
      slots_(context.executor, kFilesAtOnce),
      memory_(context.executor, kMemoryBytes),
      tasks_(context.executor) {}

net::Task<> DownloadQueue::start(Item item) {
  if (dry_run_) co_return co_await plan_item(item);
  const auto memory = static_cast<std::size_t>(std::min<std::uint64_t>(item.file.size(), kMemoryOfOne));
  Shares shares;
  shares.slot = co_await slots_.take(1);
  shares.memory = co_await memory_.take(memory);
  tasks_.spawn(download(std::move(item), std::move(shares)));
}

net::Task<> DownloadQueue::download(Item item, [[maybe_unused]] Shares shares) {
  const auto replaced = co_await download_file(transfer_, item.file, item.local, item.existing);
  settle(replaced, item.file, item.local);
}

net::Task<> DownloadQueue::join() {
  co_await tasks_.join();
  tell_full();
}

net::Task<> DownloadQueue::stream(const RemoteFile& file, int descriptor, const std::string& name) {
  const auto done = co_await download_to_descriptor(transfer_, file, descriptor, name);
  if (!done) co_return count_failure(done.error(), file.path.bytes());
  context_.tally.done(file.size());
  progress_.file_done();
}

net::Task<> DownloadQueue::plan_item(const Item& item) {
  auto existing = item.existing;
  if (existing == Existing::kSameSize) {
    const auto identical = co_await is_identical(transfer_, item.file, item.local);
    if (!identical) co_return fail(identical.error(), item.file.path.bytes());
    existing = *identical ? Existing::kIdentical : Existing::kOther;
  }
  std::string_view action = "replace";
  if (existing == Existing::kNothing) action = item.file.wanted.is_link ? "link" : "create";
  if (existing == Existing::kIdentical || existing == Existing::kUnchanged) {
    action = has_attributes(item.local, item.file.wanted) ? "same" : "attributes";
  }
  plan(action, item.file.path.bytes(), item.local);
  context_.tally.done();
  progress_.file_done();
}

void DownloadQueue::plan(std::string_view action, const std::string& path, const std::string& local,
                         std::string_view reason) {
  if (context_.output.json()) {
    JsonFields fields{{"type", std::string("plan")}, {"action", std::string(action)}};
    add_path(fields, path);
    add_name(fields, "local", local);
    if (!reason.empty()) fields.emplace_back("reason", std::string(reason));
    return context_.output.add_object(fields);
  }
  auto line = std::string(action) + " " + shown_name(local);
  if (!reason.empty()) line.append(" (").append(reason).append(")");
  context_.output.add_line(line);
}

void DownloadQueue::leave_out(const std::string& path, const std::string& local) {
  const std::string reason = "this disk takes it for another name";
  if (dry_run_) return plan("skip", path, local, reason);
  if (!context_.output.json()) return;
  JsonFields fields{{"type", std::string("skipped")}};
  add_path(fields, path);
  add_name(fields, "local", local);
  fields.emplace_back("reason", reason);
  context_.output.add_object(fields);
}

void DownloadQueue::fail(const Error& error, std::string_view name) {
  if (error.code != ErrorCode::kNoSpace) return count_failure(error, name);
  ++refused_;
  if (full_) return;
  full_ = error;
  const auto shown = shown_name(name);
  if (error.message.find(shown) == std::string::npos) full_->message = shown + ": " + error.message;
}

void DownloadQueue::count_failure(const Error& error, std::string_view name) {
  if (context_.link.given_up()) return context_.tally.gave_up(*context_.link.given_up());
  context_.tally.failed(error, name);
}

void DownloadQueue::tell_full() {
  if (!full_) return;
  auto error = *full_;
  const auto got = std::to_string(replaced_) + (replaced_ == 1 ? " file has" : " files have");
  error.message += "; " + (replaced_ == 0 ? "no file has" : got) + " come whole, what came of others is kept; make " +
                   "room here, then run the same command again";
  for (; refused_ > 0; --refused_) context_.tally.gave_up(error);
}

void DownloadQueue::settle(const Result<bool>& replaced, const RemoteFile& file, const std::string& local) {
  if (!replaced) return fail(replaced.error(), file.path.bytes());
  progress_.file_done();
  if (*replaced) {
    ++replaced_;
    context_.tally.done(file.size());
  } else {
    context_.tally.unchanged();
  }
  if (!context_.output.prints_each()) return;
  if (context_.output.json()) {
    auto fields = fields_of(file);
    add_name(fields, "local", local);
    fields.emplace_back("unchanged", !*replaced);
    context_.output.add_object(fields);
  } else if (*replaced) {
    context_.output.add_line(shown_name(local));
  }
  [[maybe_unused]] const auto written = context_.output.flush();  // said at the end
}

}  // namespace ndisk::client
