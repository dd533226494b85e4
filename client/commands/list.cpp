#include "client/commands/commands.hpp"
#include "client/entry_text.hpp"
#include "client/transfer/listing.hpp"

namespace ndisk::client {
namespace {

void add_object(Output& output, const RemotePath& listed, bool is_file, const wire::Entry& entry) {
  // Objects carry the path in the drive, so that each can be used by itself.
  const auto whole =
      is_file || listed.is_root() ? (is_file ? listed.bytes() : entry.path()) : listed.bytes() + "/" + entry.path();
  if (entry.kind() == wire::FOLDER) return output.add_object(folder_fields(whole));
  FileFacts facts{.path = whole,
                  .size = entry.size(),
                  .mtime = entry.attributes().mtime_ns(),
                  .mode = entry.attributes().mode(),
                  .version = entry.version()};
  if (const auto digest = protocol::digest_field(entry.sha256()); digest) facts.sha256 = *digest;
  output.add_object(file_fields(facts));
}

void add_entry(Context& context, const ListOptions& options, const RemotePath& path, bool is_file,
               const wire::Entry& entry) {
  auto& output = context.output;
  if (output.json()) {
    add_object(output, path, is_file, entry);
  } else if (options.raw) {
    output.add(entry.path() + (entry.kind() == wire::FOLDER ? "/" : ""));
    output.add(std::string_view("\0", 1));
  } else {
    output.add_line(options.details ? long_line(entry) : plain_line(entry));
  }
  context.tally.done(entry.size());
}

}  // namespace

net::Task<> list(Context& context, const ListOptions& options) {
  const std::string remote = options.remotes.empty() ? "" : options.remotes.front();
  const auto path = RemotePath::from_user(remote);
  if (!path) co_return context.tally.failed(path.error(), remote);
  Listing listing(context.link, *path, options.recursive);
  auto flush = [&context] { return context.output.flush(); };
  for (;;) {
    const auto page = co_await listing.next();
    if (!page) {
      if (context.link.given_up()) co_return context.tally.gave_up(page.error());
      co_return context.tally.failed(page.error(), remote.empty() ? "/" : remote);
    }
    if (!*page) co_return;
    for (const auto& entry : **page) add_entry(context, options, *path, listing.is_file(), entry);
    const auto written = co_await net::run_blocking(context.pool, flush);
    if (!written) co_return;  // said at the end
  }
}

}  // namespace ndisk::client
