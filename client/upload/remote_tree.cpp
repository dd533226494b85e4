#include "client/upload/remote_tree.hpp"

#include "client/remote/tree_order.hpp"
#include "client/request.hpp"

namespace ndisk::client {
namespace {

using protocol::FrameType;

// After so many entries that nobody asked for, leaving out is cheaper than going through.
constexpr std::size_t kPassedBeforeSkip = 4096;

}  // namespace

net::Task<Result<void>> RemoteTree::fetch() {
  page_.clear();
  next_ = 0;
  auto page = co_await listing_.next();
  if (!page && page.error().code == ErrorCode::kNotFound) {
    ended_ = true;
    co_return Result<void>();
  }
  if (!page) co_return std::unexpected(page.error());
  if (!*page || listing_.is_file()) {
    ended_ = true;
  } else {
    page_ = std::move(**page);
  }
  co_return Result<void>();
}

bool RemoteTree::covers(std::string_view path) {
  while (next_ < page_.size() && compare_in_tree(page_[next_].path(), path) < 0) {
    ++next_;
    ++passed_;
  }
  return !needs_page();
}

net::Task<Result<void>> RemoteTree::fetch_for(std::string_view path) {
  if (passed_ > kPassedBeforeSkip) {
    const auto before = just_before(path);
    const bool ahead = page_.empty() || compare_in_tree(page_.back().path(), before) < 0;
    if (ahead) listing_.skip_to(before);
    passed_ = 0;
  }
  co_return co_await fetch();
}

const wire::Entry* RemoteTree::find(std::string_view path) const {
  const auto* entry = peek();
  return entry != nullptr && entry->path() == path ? entry : nullptr;
}

net::Task<Result<std::optional<wire::Entry>>> stat_remote(Link& link, const RemotePath& path) {
  wire::Stat message;
  message.set_path(path.bytes());
  auto info = co_await request<wire::StatInfo>(link, FrameType::kStat, message, FrameType::kStatInfo);
  if (info) co_return std::move(*info->mutable_entry());
  if (info.error().code == ErrorCode::kNotFound) co_return std::nullopt;
  co_return std::unexpected(info.error());
}

}  // namespace ndisk::client
