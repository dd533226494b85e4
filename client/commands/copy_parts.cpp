#include "client/commands/copy_parts.hpp"

#include "client/remote/listing.hpp"
#include "client/request.hpp"
#include "common/copy_limit.hpp"
#include "common/path_parts.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

using protocol::FrameType;

// A folder and where its copy is to be.
struct Part {
  RemotePath from;
  RemotePath to;
};

bool is_too_much(const wire::Entry& entry) {
  return entry.kind() == wire::FOLDER && entry.totals().files() + entry.totals().folders() > kMaxCopiedEntries;
}

class PartwiseCopy {
 public:
  PartwiseCopy(Context& context, const Operand& source, const CopyOptions& options)
      : context_(context), source_(source), options_(options), is_exact_(options.exact) {
    options_.exact = true;
    options_.recursive = true;
  }

  net::Task<Result<wire::Done>> run(const RemotePath& destination) {
    const auto to = co_await choose_destination(destination);
    if (!to) co_return std::unexpected(to.error());
    wire::Done done;
    done.set_path(to->bytes());
    // Folders that are too large themselves; deepest last.
    std::vector<Part> waiting{{source_.path, *to}};
    while (!waiting.empty()) {
      const auto part = std::move(waiting.back());
      waiting.pop_back();
      auto filled = co_await fill(part, waiting);
      if (!filled) co_return std::unexpected(explain(filled.error()));
    }
    co_return done;
  }

 private:
  // As the server does for one copy, which has found the folder that is to hold it.
  net::Task<Result<RemotePath>> choose_destination(const RemotePath& destination) {
    auto to = destination;
    const auto there = co_await stat_path(context_.link, to);
    const bool is_missing = !there && there.error().code == ErrorCode::kNotFound;
    if (!there && !is_missing) co_return std::unexpected(there.error());
    const bool goes_into = there && there->entry().kind() == wire::FOLDER && !is_exact_;
    if (goes_into) {
      auto child = to.child(source_.path.name());
      if (!child) co_return std::unexpected(child.error());
      to = std::move(*child);
    }
    if (to.is_root()) {
      co_return fail(ErrorCode::kInvalid, "the drive itself can't be replaced; name a place in it");
    }
    co_return to;
  }

  net::Task<Result<void>> fill(const Part& part, std::vector<Part>& waiting) {
    auto made = co_await make_folder(part);
    if (!made) co_return made;
    has_begun_ = true;
    wire::List list;
    list.set_path(part.from.bytes());
    list.set_with_totals(true);
    Listing listing(context_.link, std::move(list));
    for (;;) {
      const auto page = co_await listing.next();
      if (!page) co_return std::unexpected(page.error());
      if (!*page) co_return Result<void>();
      listing.pause();
      auto copied = co_await copy_page(part, **page, waiting);
      if (!copied) co_return copied;
    }
  }

  // With the attributes of the one that is copied; one that is there keeps its own.
  net::Task<Result<void>> make_folder(const Part& part) {
    if (part.to == source_.path || is_below(part.to.bytes(), source_.path.bytes())) {
      co_return fail(ErrorCode::kInvalid, "'" + shown_name(source_.name) + "' can't be copied into itself, to '" +
                                              shown_name(part.to.bytes()) + "'");
    }
    const auto info = co_await stat_path(context_.link, part.from);
    if (!info) co_return std::unexpected(info.error());
    if (info->entry().kind() != wire::FOLDER) {
      co_return fail(ErrorCode::kConflict, shown_name(part.from.bytes()) + " is no folder any more; try again");
    }
    wire::MakeFolder message;
    message.set_request_id(new_request_id());
    message.set_path(part.to.bytes());
    *message.mutable_attributes() = info->entry().attributes();
    message.set_must_not_exist(true);
    const auto made = co_await request<wire::Done>(context_.link, FrameType::kMakeFolder, message, FrameType::kDone);
    if (made) co_return Result<void>();
    if (made.error().code != ErrorCode::kConflict) co_return std::unexpected(made.error());
    const auto there = co_await stat_path(context_.link, part.to);
    if (!there) co_return std::unexpected(there.error());
    if (there->entry().kind() == wire::FOLDER) co_return Result<void>();
    co_return fail(ErrorCode::kNotFolder,
                   shown_name(part.to.bytes()) + " is a file, which a folder can't replace; remove it first");
  }

  net::Task<Result<void>> copy_page(const Part& part, const std::vector<wire::Entry>& page,
                                    std::vector<Part>& waiting) {
    std::vector<Operand> operands;
    for (const auto& entry : page) {
      auto from = part.from.child(entry.path());
      if (!from) co_return std::unexpected(from.error());
      if (!is_too_much(entry)) {
        operands.push_back({std::move(*from), {}});
        continue;
      }
      auto to = part.to.child(entry.path());
      if (!to) co_return std::unexpected(to.error());
      waiting.push_back({std::move(*from), std::move(*to)});
    }
    Result<void> result;
    Ask<wire::Done> ask = [&](const Operand& operand) { return copy_entry(operand.path, part.to, result); };
    Learn<wire::Done> learn = [&](const Operand&, const Result<wire::Done>& done) {
      if (!done && result) result = std::unexpected(done.error());
    };
    co_await ask_each<wire::Done>(context_, operands, std::move(ask), std::move(learn));
    co_return result;
  }

  // Nothing more is asked for once something has failed.
  net::Task<Result<wire::Done>> copy_entry(const RemotePath& from, const RemotePath& folder,
                                           const Result<void>& so_far) {
    if (!so_far) co_return std::unexpected(so_far.error());
    auto to = folder.child(from.name());
    if (!to) co_return std::unexpected(to.error());
    if (*to == source_.path) {
      co_return fail(ErrorCode::kInvalid, "'" + shown_name(source_.name) + "' can't be copied into itself");
    }
    co_return co_await ask_copy(context_.link, from, *to, options_);
  }

  [[nodiscard]] Error explain(Error error) const {
    if (error.code == ErrorCode::kCancelled || !has_begun_) return error;
    error.message += options_.no_clobber
                         ? " (what was copied before stays, and is in the way of the same command with -n)"
                         : " (what was copied before stays; the same command goes through it again)";
    return error;
  }

  Context& context_;
  const Operand& source_;
  CopyOptions options_;
  const bool is_exact_;  // as asked for; each part is
  bool has_begun_ = false;
};

}  // namespace

net::Task<Result<bool>> is_too_much_for_one_copy(Link& link, const RemotePath& path) {
  const auto info = co_await stat_path(link, path);
  if (!info) co_return std::unexpected(info.error());
  co_return is_too_much(info->entry());
}

net::Task<Result<wire::Done>> copy_parts(Context& context, const Operand& source, const RemotePath& destination,
                                         const CopyOptions& options) {
  PartwiseCopy copy(context, source, options);
  co_return co_await copy.run(destination);
}

net::Task<Result<wire::Done>> ask_copy(Link& link, const RemotePath& from, const RemotePath& to,
                                       const CopyOptions& options) {
  wire::Copy message;
  message.set_request_id(new_request_id());
  message.set_from(from.bytes());
  message.set_to(to.bytes());
  message.set_exact(options.exact);
  message.set_no_clobber(options.no_clobber);
  message.set_recursive(options.recursive);
  if (options.version) message.set_version(*options.version);
  co_return co_await request<wire::Done>(link, FrameType::kCopy, message, FrameType::kDone);
}

}  // namespace ndisk::client
