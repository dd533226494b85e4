#include "client/transfer/download_engine.hpp"

#include "client/entry_text.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

constexpr std::size_t kFilesAtOnce = 256;
constexpr std::size_t kMemoryBytes = 8 * 1024 * 1024;
constexpr std::size_t kMemoryOfOne = 2 * 1024 * 1024;  // of a large file: what is gathered and what waits
// A listing is read this far before its files are fetched: its pages must not wait behind them.
constexpr std::size_t kEntriesAhead = 8192;
// Small files that stand there already are compared before they are asked for.
constexpr std::uint64_t kCompareFirst = 64 * 1024;
constexpr std::size_t kBatch = 256;

std::string below(const std::string& folder, const std::string& relative) {
  return folder.ends_with('/') ? folder + relative : folder + "/" + relative;
}

}  // namespace

DownloadEngine::DownloadEngine(Context& context, Progress& progress, bool recursive)
    : context_(context),
      transfer_{context.link, context.pool, context.output, progress},
      progress_(progress),
      recursive_(recursive),
      slots_(context.executor, kFilesAtOnce),
      memory_(context.executor, kMemoryBytes),
      tasks_(context.executor) {}

bool DownloadEngine::is_over() const { return context_.link.stopping() || context_.link.given_up().has_value(); }

net::Task<> DownloadEngine::run(std::vector<GetSource> sources) {
  for (const auto& source : sources) {
    if (!is_over()) co_await fetch(source);
  }
  if (!is_over()) progress_.all_found();
  co_await tasks_.join();
}

void DownloadEngine::fail_source(const Error& error, const GetSource& source) {
  if (context_.link.given_up()) return context_.tally.gave_up(*context_.link.given_up());
  context_.tally.failed(error, source.operand);
}

net::Task<> DownloadEngine::fetch(const GetSource& source) {
  Listing listing(context_.link, source.remote, recursive_);
  auto page = co_await listing.next();
  if (!page) co_return fail_source(page.error(), source);
  if (listing.is_file() && *page && (*page)->size() == 1) {
    auto file = remote_file(source.remote, (*page)->front());
    listing.pause();
    if (!file) co_return fail_source(file.error(), source);
    progress_.found(file->stamp.size);
    if (!source.to_standard_output) co_return co_await start(std::move(*file), source.local, std::nullopt);
    const auto done = co_await download_to_standard_output(transfer_, *file);
    co_return settle(done, *file, "-");
  }
  listing.pause();
  if (!recursive_) {
    co_return fail_source(
        {ErrorCode::kIsFolder, shown_name(source.operand) + ": is a folder; use -r to get it with all in it"}, source);
  }
  if (source.to_standard_output) {
    co_return fail_source(
        {ErrorCode::kIsFolder, shown_name(source.operand) + ": is a folder, which can't go to standard output; use -t"},
        source);
  }
  std::vector<wire::Entry> entries;
  if (*page) entries = std::move(**page);
  co_await fetch_folder(source, listing, std::move(entries));
}

net::Task<> DownloadEngine::fetch_folder(const GetSource& source, Listing& listing, std::vector<wire::Entry> entries) {
  auto make = [&source] { return make_local_folder(source.local); };
  const auto made = co_await net::run_blocking(context_.pool, make);
  if (!made) co_return context_.tally.failed(made.error(), source.local);
  for (bool more = !entries.empty(); !is_over();) {
    while (more && entries.size() < kEntriesAhead) {
      auto page = co_await listing.next();
      if (!page) co_return fail_source(page.error(), source);
      more = page->has_value();
      if (more) std::move((*page)->begin(), (*page)->end(), std::back_inserter(entries));
    }
    listing.pause();
    if (entries.empty()) co_return;
    co_await fetch_entries(source, std::move(entries));
    entries.clear();
  }
}

net::Task<> DownloadEngine::fetch_entries(const GetSource& source, std::vector<wire::Entry> entries) {
  for (const auto& entry : entries) {
    if (entry.kind() != wire::FOLDER) progress_.found(entry.size());
  }
  for (std::size_t first = 0; first < entries.size() && !is_over(); first += kBatch) {
    std::vector<Item> items;
    for (std::size_t i = first; i < std::min(first + kBatch, entries.size()); ++i) {
      auto local = below(source.local, entries[i].path());
      items.push_back({std::move(entries[i]), std::move(local)});
    }
    auto prepare = [&items] {
      for (auto& [entry, local, existing] : items) {
        if (entry.kind() == wire::FOLDER) {
          const auto made = make_local_folder(local);
          if (!made) existing = std::unexpected(made.error());
        } else if (const auto digest = digest_from(as_bytes(entry.sha256())); digest && entry.size() <= kCompareFirst) {
          existing = examine_target(local, entry.size(), *digest);
        }
      }
      return true;
    };
    co_await net::run_blocking(context_.pool, prepare);
    for (auto& item : items) {
      if (!is_over()) co_await take_item(source, std::move(item));
    }
  }
}

net::Task<> DownloadEngine::take_item(const GetSource& source, Item item) {
  const auto relative = RemotePath::from_wire(item.entry.path());
  if (!relative) co_return context_.tally.failed(relative.error(), item.entry.path());
  auto path = source.remote.join(*relative);
  if (!path) co_return context_.tally.failed(path.error(), item.entry.path());
  if (!item.existing) co_return context_.tally.failed(item.existing.error(), item.local);
  if (item.entry.kind() == wire::FOLDER) {
    if (context_.output.json()) context_.output.add_object(folder_fields(path->bytes()));
    co_return;
  }
  auto file = remote_file(std::move(*path), item.entry);
  if (!file) co_return context_.tally.failed(file.error(), item.entry.path());
  if (*item.existing != Existing::kIdentical) {
    co_return co_await start(std::move(*file), std::move(item.local), *item.existing);
  }
  progress_.had_already(file->stamp.size);
  settle(apply_attributes(item.local, file->stamp), *file, item.local);
}

// Only run() waits for the budgets, so that files start in the order of the listing.
net::Task<> DownloadEngine::start(RemoteFile file, std::string local, std::optional<Existing> known) {
  Shares shares;
  shares.slot = co_await slots_.take(1);
  shares.memory =
      co_await memory_.take(static_cast<std::size_t>(std::min<std::uint64_t>(file.stamp.size, kMemoryOfOne)));
  tasks_.spawn(download(std::move(file), std::move(local), known, std::move(shares)));
}

net::Task<> DownloadEngine::download(RemoteFile file, std::string local, std::optional<Existing> known,
                                     [[maybe_unused]] Shares shares) {
  const auto done = co_await download_file(transfer_, file, local, known);
  settle(done, file, local);
}

void DownloadEngine::settle(const Result<void>& done, const RemoteFile& file, const std::string& local) {
  if (!done && context_.link.given_up()) return context_.tally.gave_up(*context_.link.given_up());
  if (!done) return context_.tally.failed(done.error(), file.path.bytes());
  context_.tally.done(file.stamp.size);
  progress_.file_done();
  // Standard output is the content's own with -o -.
  if (!context_.output.prints_each() || local == "-") return;
  if (context_.output.json()) {
    auto fields = file_fields({.path = file.path.bytes(),
                               .size = file.stamp.size,
                               .mtime = file.stamp.mtime,
                               .mode = file.stamp.mode,
                               .sha256 = file.sha256,
                               .version = file.version});
    fields.emplace_back("local", local);
    context_.output.add_object(fields);
  } else {
    context_.output.add_line(shown_name(local));
  }
  [[maybe_unused]] const auto written = context_.output.flush();  // said at the end
}

}  // namespace ndisk::client
