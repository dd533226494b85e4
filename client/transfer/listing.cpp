#include "client/transfer/listing.hpp"

namespace ndisk::client {

using protocol::FrameType;
using Page = std::optional<std::vector<wire::Entry>>;

net::Task<Result<Page>> Listing::next() {
  while (!ended_) {
    Result<void> asked;
    if (!stream_) asked = co_await ask();
    Result<Page> page = Page();
    if (asked) {
      page = co_await take_page();
    } else {
      page = std::unexpected(asked.error());
    }
    if (page && *page && (*page)->empty()) continue;
    if (page) co_return page;
    stream_.reset();
    auto retry = co_await link_.before_retry(page.error());
    if (!retry) co_return std::unexpected(retry.error());
  }
  co_return Page();
}

net::Task<Result<void>> Listing::ask() {
  auto stream = co_await link_.open_stream();
  if (!stream) co_return std::unexpected(stream.error());
  wire::List request;
  request.set_path(path_.bytes());
  request.set_recursive(recursive_);
  request.set_after(after_);
  stream_.emplace(std::move(*stream));
  co_return co_await stream_->stream.send(FrameType::kList, request);
}

net::Task<Result<Page>> Listing::take_page() {
  auto frame = co_await stream_->stream.receive();
  if (!frame) co_return std::unexpected(frame.error());
  if (frame->header.type == FrameType::kEnd) {
    stream_->stream.mark_ended();
    stream_.reset();
    ended_ = true;
    co_return Page();
  }
  if (frame->header.type != FrameType::kListPage) {
    co_return fail(ErrorCode::kProtocol,
                   "the server answered List with " + std::string(protocol::frame_type_name(frame->header.type)));
  }
  auto page = protocol::parse_message<wire::ListPage>(frame->payload);
  if (!page) co_return std::unexpected(page.error());
  link_.note_progress();
  is_file_ = page->is_file();
  std::vector<wire::Entry> entries;
  entries.reserve(static_cast<std::size_t>(page->entries_size()));
  for (auto& entry : *page->mutable_entries()) {
    // A server's word is no reason to write outside the target: paths are checked like any other.
    const auto checked = protocol::path_field(entry.path());
    if (!checked) co_return fail_with_context("the server listed a path that can't be", checked.error());
    entries.push_back(std::move(entry));
  }
  if (!entries.empty()) after_ = entries.back().path();
  co_return std::move(entries);
}

}  // namespace ndisk::client
