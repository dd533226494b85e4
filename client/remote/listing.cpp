#include "client/remote/listing.hpp"

#include "common/shown_name.hpp"

namespace ndisk::client {

using protocol::FrameType;
using Page = std::optional<std::vector<wire::Entry>>;

namespace {

wire::List list_request(const RemotePath& path, bool recursive) {
  wire::List request;
  request.set_path(path.bytes());
  request.set_recursive(recursive);
  return request;
}

ListingOrder::Shape shape_of(const wire::List& request) {
  if (!request.recursive()) return ListingOrder::Shape::kOneFolder;
  return request.has_filter() ? ListingOrder::Shape::kFiltered : ListingOrder::Shape::kTree;
}

bool is_known(wire::Kind kind) { return kind == wire::FILE || kind == wire::FOLDER || kind == wire::LINK; }

}  // namespace

Listing::Listing(Link& link, const RemotePath& path, bool recursive) : Listing(link, list_request(path, recursive)) {}

Listing::Listing(Link& link, wire::List request)
    : link_(link), request_(std::move(request)), order_(shape_of(request_)) {}

net::Task<Result<Page>> Listing::next() {
  Link::Tries tries;
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
    auto retry = co_await link_.before_retry(page.error(), tries);
    if (!retry) co_return std::unexpected(retry.error());
    if (is_file_) ended_ = true;  // only the End was lost
  }
  co_return Page();
}

void Listing::skip_to(const std::string& path) {
  pause();
  order_.skip_to(path);
  request_.set_after(path);
}

net::Task<Result<void>> Listing::ask() {
  auto stream = co_await link_.open_stream();
  if (!stream) co_return std::unexpected(stream.error());
  stream_.emplace(std::move(*stream));
  co_return co_await stream_->stream.send(FrameType::kList, request_);
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
  const int count = page->entries_size();
  const bool one_file = count == 0 || (count == 1 && page->entries(0).kind() != wire::FOLDER);
  if (page->is_file() && !one_file) co_return fail(ErrorCode::kProtocol, "the server listed a folder as a file");
  is_file_ |= page->is_file();
  std::vector<wire::Entry> entries;
  entries.reserve(static_cast<std::size_t>(page->entries_size()));
  order_.begin_page();
  for (auto& entry : *page->mutable_entries()) {
    if (order_.is_overtaken(entry.path())) continue;
    const auto checked = check(entry);
    if (!checked) co_return std::unexpected(checked.error());
    entries.push_back(std::move(entry));
  }
  if (!entries.empty()) {
    request_.set_after(entries.back().path());
    link_.note_progress();
  }
  co_return std::move(entries);
}

// A server's word is no reason to write outside the target.
Result<void> Listing::check(const wire::Entry& entry) {
  const auto path = protocol::path_field(entry.path());
  if (!path || path->is_root()) {
    const auto cause = path ? Error{ErrorCode::kProtocol, "an empty path", false} : path.error();
    return fail(ErrorCode::kProtocol, "the server listed a path that can't be: " + cause.message);
  }
  if (!is_known(entry.kind())) {
    return fail(ErrorCode::kProtocol, "the server listed " + shown_name(entry.path()) + " as a thing of unknown kind");
  }
  return order_.check(entry.path(), entry.kind() == wire::FOLDER);
}

}  // namespace ndisk::client
