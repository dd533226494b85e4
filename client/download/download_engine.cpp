#include "client/download/download_engine.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "client/download/local_placing.hpp"
#include "client/remote/remote_look.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

// Operands that are looked at side by side.
constexpr std::size_t kLookedAtOnce = 64;

enum class Place : std::uint8_t { kOrdinary, kFolder, kDevice };

// Links were followed before, save those of /proc, which lead to what a process has open.
Place place_of(const std::string& local) {
  struct stat status {};
  if (::stat(local.c_str(), &status) != 0 || S_ISREG(status.st_mode)) return Place::kOrdinary;
  return S_ISDIR(status.st_mode) ? Place::kFolder : Place::kDevice;
}

}  // namespace

DownloadEngine::DownloadEngine(Context& context, Progress& progress, DownloadChoices choices)
    : context_(context),
      progress_(progress),
      choices_(std::move(choices)),
      queue_(context, progress,
             {.dry_run = choices_.dry_run, .whole_files = choices_.whole_file, .no_clobber = choices_.no_clobber}) {}

net::Task<> DownloadEngine::run(std::vector<GetSource> sources) {
  const std::span<const GetSource> all(sources);
  for (std::size_t first = 0; first < all.size() && !queue_.is_over(); first += kLookedAtOnce) {
    co_await fetch_all(all.subspan(first, std::min(kLookedAtOnce, all.size() - first)));
  }
  if (!queue_.is_over()) progress_.all_found();
  co_await queue_.join();
  co_await finish_folders(context_, folders_, choices_.dry_run);
}

net::Task<> DownloadEngine::fetch_all(std::span<const GetSource> sources) {
  std::vector<Looked> looked(sources.size());
  net::TaskGroup tasks(context_.executor);
  for (std::size_t i = 0; i < sources.size(); ++i) tasks.spawn(look(sources[i], looked[i]));
  co_await tasks.join();
  for (std::size_t i = 0; i < sources.size() && !queue_.is_over(); ++i) {
    co_await fetch(sources[i], std::move(looked[i]));
  }
  if (context_.link.given_up()) context_.tally.gave_up(*context_.link.given_up());
}

net::Task<> DownloadEngine::look(const GetSource& source, Looked& looked) {
  if (choices_.version) {
    looked = co_await look_at_version(context_.link, source.remote, *choices_.version);
  } else {
    looked = co_await look_at_remote(context_.link, source.remote);
  }
}

net::Task<> DownloadEngine::fetch(const GetSource& source, Looked looked) {
  if (!looked) co_return queue_.fail(looked.error(), source.operand);
  if (source.descriptor) {
    if (const auto readable = check_readable(source.remote, *looked); !readable) {
      co_return queue_.fail(readable.error(), source.operand);
    }
  }
  if (looked->kind() == wire::FOLDER) co_return co_await fetch_folder(source, *looked);
  co_await fetch_file(source, *looked);
}

net::Task<> DownloadEngine::fetch_folder(const GetSource& source, const wire::Entry& entry) {
  if (!choices_.recursive) {
    const auto name = shown_name(source.operand);
    co_return queue_.fail({ErrorCode::kIsFolder, name + ": is a folder; use -r to get it with all in it", false},
                          source.operand);
  }
  std::optional<Stamp> attributes;
  if (entry.has_attributes() && !source.remote.is_root()) {
    attributes = Stamp{.mtime = entry.attributes().mtime_ns(), .mode = entry.attributes().mode() & 0777};
  }
  auto renamed = source;
  if (const auto local = local_name(source)) {
    renamed.local = *local;
  } else {
    co_return queue_.leave_out(source.remote.bytes(), source.local);
  }
  TreeDownload tree(context_, progress_, queue_, folders_, choices_, renamed);
  co_await tree.run(attributes);
}

net::Task<> DownloadEngine::fetch_file(const GetSource& source, const wire::Entry& entry) {
  if (choices_.names) {
    co_return queue_.fail({ErrorCode::kNotFolder,
                           shown_name(source.operand) + ": is not a folder; --files-from names what is in one", false},
                          source.operand);
  }
  if (is_left_out_file(choices_, source.remote)) co_return;
  auto file = remote_file(source.remote, entry);
  if (!file) co_return queue_.fail(file.error(), source.operand);
  progress_.found(file->size());
  if (source.descriptor) co_return co_await write_through(source, *file);
  const auto local = local_name(source);
  if (!local) {
    progress_.file_done();
    co_return queue_.leave_out(source.remote.bytes(), source.local);
  }
  if (choices_.follow) {
    const auto place = place_of(*local);
    if (place == Place::kDevice) co_return co_await write_to_device(source, *file);
    if (place == Place::kFolder) {
      const auto name = shown_name(*local);
      co_return queue_.fail({ErrorCode::kIsFolder, "-o " + name + ": is a folder; use -t " + name, false}, *local);
    }
    // The next -o of the same name would follow it, to wherever whoever made the link in the drive wants.
    if (file->wanted.is_link) {
      const auto name = shown_name(source.operand);
      co_return queue_.fail(
          {ErrorCode::kInvalid, name + ": is a link, which -o would follow the next time; get it without -o", false},
          source.operand);
    }
  }
  auto prepare = [&] { return prepare_file(*local, file->wanted); };
  const auto existing = co_await net::run_blocking(context_.pool, prepare);
  if (!existing) co_return queue_.fail(existing.error(), source.operand);
  if (!*existing) {
    progress_.had_already(file->size());
    progress_.file_done();
    if (choices_.dry_run) queue_.plan("skip", source.remote.bytes(), *local, "exists");
    co_return context_.tally.unchanged();
  }
  DownloadQueue::Item item{.file = std::move(*file), .local = *local, .existing = **existing};
  co_await queue_.start(std::move(item));
}

Result<std::optional<Existing>> DownloadEngine::prepare_file(const std::string& local, const Wanted& wanted) {
  auto existing = look_by_choices(local, wanted, choices_);
  const auto folder = folder_of(local);
  if (existing && *existing && !choices_.dry_run && swept_.insert(folder).second) remove_leftovers(folder);
  return existing;
}

net::Task<> DownloadEngine::write_through(const GetSource& source, const RemoteFile& file) {
  if (choices_.dry_run) co_return queue_.plan("replace", source.remote.bytes(), source.local);
  const std::string name = *source.descriptor == STDOUT_FILENO ? "standard output" : shown_name(source.local);
  co_await queue_.stream(file, *source.descriptor, name);
}

// As cp does: a device or a pipe is written to, not replaced. Opening a pipe waits for its reader.
net::Task<> DownloadEngine::write_to_device(const GetSource& source, const RemoteFile& file) {
  if (choices_.dry_run) co_return queue_.plan("replace", source.remote.bytes(), source.local);
  FileDescriptor device;
  auto open = [&]() -> Result<void> {
    device = FileDescriptor(::open(source.local.c_str(), O_WRONLY | O_NOCTTY | O_CLOEXEC));
    if (!device) return fail_errno(errno, "writing", shown_name(source.local));
    return {};
  };
  const auto opened = co_await net::run_blocking(context_.pool, open);
  if (!opened) co_return queue_.fail(opened.error(), source.operand);
  co_await queue_.stream(file, device.get(), shown_name(source.local));
}

// By the plan for names that the disk can't hold apart.
std::optional<std::string> DownloadEngine::local_name(const GetSource& source) const {
  if (choices_.collisions.empty() || source.below_target.empty()) return source.local;
  const auto own = source.below_target.substr(0, source.below_target.size() - 1);
  const auto name = choices_.collisions.name_for(own);
  if (!name || *name == own) return name ? std::optional(source.local) : std::nullopt;
  return source.local.substr(0, source.local.size() - own.size()) + *name;
}

}  // namespace ndisk::client
