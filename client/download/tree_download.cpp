#include "client/download/tree_download.hpp"

#include "client/download/local_placing.hpp"
#include "client/entry_text.hpp"
#include "client/remote/tree_order.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

// A listing is read this far before its files are fetched: its pages must not wait behind them.
constexpr std::size_t kEntriesAhead = 8192;
constexpr std::size_t kBatch = 256;
// Small files that stand there already are compared before they are asked for.
constexpr std::uint64_t kCompareFirst = 64 * 1024;

std::string below(const std::string& folder, const std::string& name) {
  return folder.ends_with('/') ? folder + name : folder + "/" + name;
}

std::optional<Stamp> folder_stamp(const wire::Entry& entry) {
  if (!entry.has_attributes()) return std::nullopt;
  return Stamp{.mtime = entry.attributes().mtime_ns(), .mode = entry.attributes().mode() & 0777};
}

Result<void> give_attributes(const Wanted& wanted, const std::string& local) {
  return wanted.is_link ? apply_link_time(local, wanted.stamp) : apply_attributes(local, wanted.stamp);
}

}  // namespace

Result<std::optional<Existing>> look_by_choices(const std::string& local, const Wanted& wanted,
                                                const DownloadChoices& choices) {
  const bool trust_time = !choices.checksum;
  const bool is_read = wanted.stamp.size <= kCompareFirst && !choices.no_clobber;
  const auto existing = is_read ? examine_target(local, wanted, trust_time) : look_at_target(local, wanted, trust_time);
  if (!existing) return std::unexpected(existing.error());
  if (choices.no_clobber && *existing != Existing::kNothing) return std::nullopt;
  return *existing;
}

bool is_left_out_file(const DownloadChoices& choices, const RemotePath& path) {
  return choices.filter.verdict(path.name(), false) == Filter::Verdict::kLeaveOut;
}

net::Task<> TreeDownload::run(std::optional<Stamp> attributes) {
  auto& folder = folders_.open("", source_.local, attributes);
  std::vector<Item> own;
  own.push_back({.path = source_.remote, .local = source_.local, .folder = OpenFolders::Hold(folders_, folder)});
  co_await carry_out(std::move(own));
  bool more = true, is_listed = true;
  while (more && !queue_.is_over()) {
    std::vector<wire::Entry> entries;
    while (more && entries.size() < kEntriesAhead) {
      auto page = co_await listing_.next();
      if (!page) {
        queue_.fail(page.error(), source_.operand);
        more = is_listed = false;
        break;
      }
      more = page->has_value() && !listing_.is_file();
      if (more) std::move((*page)->begin(), (*page)->end(), std::back_inserter(entries));
    }
    listing_.pause();
    co_await take_entries(std::move(entries));
  }
  folders_.leave_all();
  if (is_listed && !queue_.is_over()) tell_missing();
  co_await finish_folders(context_, folders_, choices_.dry_run);
}

net::Task<> TreeDownload::take_entries(std::vector<wire::Entry> entries) {
  for (std::size_t next = 0; next < entries.size() && !queue_.is_over();) {
    std::vector<Item> items;
    for (; next < entries.size() && items.size() < kBatch; ++next) select(entries[next], items);
    co_await carry_out(std::move(items));
    co_await finish_folders(context_, folders_, choices_.dry_run);
  }
}

void TreeDownload::select(const wire::Entry& entry, std::vector<Item>& items) {
  const auto verdict = selection_.next(entry.path(), entry.kind() == wire::FOLDER);
  if (verdict == EntrySelection::Verdict::kLeaveOut) return;
  if (left_out_ && is_below(entry.path(), *left_out_)) return;
  take_entry(entry, verdict, items);
}

void TreeDownload::take_entry(const wire::Entry& entry, EntrySelection::Verdict verdict, std::vector<Item>& items) {
  const auto relative = RemotePath::from_wire(entry.path());
  if (!relative) return queue_.fail(relative.error(), entry.path());
  auto path = source_.remote.join(*relative);
  if (!path) return queue_.fail(path.error(), entry.path());
  auto* parent = folders_.parent_of(entry.path());
  if (parent == nullptr) {
    return queue_.fail({ErrorCode::kProtocol, "the server listed it in no folder", false}, entry.path());
  }
  auto name = std::optional(std::string(relative->name()));
  if (!choices_.collisions.empty()) name = choices_.collisions.name_for(source_.below_target + entry.path());
  if (!name) {
    left_out_ = entry.path();
    return queue_.leave_out(path->bytes(), below(parent->local, std::string(relative->name())));
  }
  Item item{.path = std::move(*path), .local = below(parent->local, *name)};
  if (entry.kind() == wire::FOLDER) {
    auto& folder = folders_.open(entry.path(), item.local, folder_stamp(entry));
    folder.is_wanted = false;
    if (verdict == EntrySelection::Verdict::kTake) want(folder, items);
    return;
  }
  auto file = remote_file(item.path, entry);
  if (!file) return queue_.fail(file.error(), item.path.bytes());
  want(*parent, items);
  progress_.found(file->size());
  item.file = std::move(*file);
  item.folder = OpenFolders::Hold(folders_, *parent);
  items.push_back(std::move(item));
}

// Folders above it come first.
void TreeDownload::want(OpenFolders::Folder& folder, std::vector<Item>& items) {
  if (folder.is_wanted) return;
  if (folder.parent != nullptr) want(*folder.parent, items);
  folder.is_wanted = true;
  Item item{.local = folder.local, .folder = OpenFolders::Hold(folders_, folder)};
  const auto relative = RemotePath::from_wire(folder.remote);
  if (auto path = source_.remote.join(*relative)) item.path = std::move(*path);
  items.push_back(std::move(item));
}

net::Task<> TreeDownload::carry_out(std::vector<Item> items) {
  auto work = [&] {
    for (auto& item : items) prepare(item);
    return true;
  };
  co_await net::run_blocking(context_.pool, work);
  for (auto& item : items) {
    if (queue_.is_over()) break;
    if (item.is_dropped) continue;
    if (!item.existing) {
      queue_.fail(item.existing.error(), item.path.bytes());
    } else if (item.file) {
      co_await take_file(std::move(item));
    } else {
      tell_folder(item);
    }
  }
}

net::Task<> TreeDownload::take_file(Item item) {
  auto& file = *item.file;
  if (!*item.existing) {
    progress_.had_already(file.size());
    progress_.file_done();
    if (choices_.dry_run) queue_.plan("skip", file.path.bytes(), item.local, "exists");
    co_return context_.tally.unchanged();
  }
  const auto existing = **item.existing;
  const bool is_there = existing == Existing::kIdentical || existing == Existing::kUnchanged;
  if (is_there && !choices_.dry_run) {
    progress_.had_already(file.size());
    co_return queue_.settle(false, file, item.local);
  }
  DownloadQueue::Item download{
      .file = std::move(file), .local = std::move(item.local), .existing = existing, .folder = std::move(item.folder)};
  co_await queue_.start(std::move(download));
}

void TreeDownload::prepare(Item& item) {
  auto& folder = *item.folder.folder();
  const auto* above = item.file ? &folder : folder.parent;
  if (above != nullptr && !above->is_usable) {
    item.is_dropped = true;
    if (!item.file) folder.is_usable = false;
    return;
  }
  return item.file ? prepare_file(item) : prepare_folder(item);
}

void TreeDownload::prepare_folder(Item& item) {
  auto& folder = *item.folder.folder();
  // What was named on the command line itself: with -o, or as the folder that the whole drive goes into.
  const bool follow = folder.remote.empty() && (choices_.follow || source_.remote.is_root());
  const auto stood =
      choices_.dry_run ? folder_stands_there(folder.local, follow) : make_local_folder(folder.local, follow);
  if (stood) {
    folder.was_made = !*stood;
    return;
  }
  folder.is_usable = false;
  auto error = stood.error();
  error.message += "; nothing in it was gotten";
  item.existing = std::unexpected(std::move(error));
}

void TreeDownload::prepare_file(Item& item) {
  auto& folder = *item.folder.folder();
  const auto& wanted = item.file->wanted;
  item.existing = look_by_choices(item.local, wanted, choices_);
  if (!item.existing || !*item.existing || choices_.dry_run) return;
  const auto existing = **item.existing;
  if (existing == Existing::kIdentical || existing == Existing::kUnchanged) {
    if (has_attributes(item.local, wanted)) return;
    if (auto applied = give_attributes(wanted, item.local); !applied) item.existing = std::unexpected(applied.error());
  } else if (!folder.was_made && !folder.is_swept) {
    folder.is_swept = true;
    remove_leftovers(folder.local);
  }
}

void TreeDownload::tell_folder(const Item& item) {
  const auto& folder = *item.folder.folder();
  if (choices_.dry_run) {
    const Wanted wanted{.stamp = folder.attributes.value_or(Stamp{})};
    const bool same = !folder.attributes || has_attributes(folder.local, wanted);
    if (folder.was_made || !same) {
      queue_.plan(folder.was_made ? "folder" : "attributes", item.path.bytes(), folder.local);
    }
  } else if (context_.output.json()) {
    auto fields = folder_fields(item.path.bytes());
    add_name(fields, "local", folder.local);
    context_.output.add_object(fields);
  }
}

void TreeDownload::tell_missing() {
  for (const auto& name : selection_.missing()) {
    queue_.fail({ErrorCode::kNotFound, shown_name(name) + ": not found in " + shown_name(source_.operand), false},
                name);
  }
}

net::Task<> finish_folders(Context& context, OpenFolders& folders, bool dry_run) {
  for (;;) {
    const auto finished = folders.take_finished();
    if (finished.empty()) co_return;
    std::vector<std::pair<Error, std::string>> failed;
    auto work = [&] {
      for (const auto& folder : finished) {
        if (dry_run || !folder.attributes || !folder.is_wanted || !folder.is_usable) continue;
        const auto applied = apply_attributes(folder.local, *folder.attributes);
        if (!applied) failed.emplace_back(applied.error(), folder.local);
      }
      return true;
    };
    co_await net::run_blocking(context.pool, work);
    for (const auto& [error, local] : failed) context.tally.failed(error, local);
    for (const auto& folder : finished) folders.done(folder);
  }
}

}  // namespace ndisk::client
