#include <google/protobuf/arena.h>

#include <new>

#include "server/handlers/entries.hpp"
#include "server/handlers/handlers.hpp"

namespace ndisk::server {
namespace {

using protocol::FrameType;

// What a page takes, as rows, message and frame, is counted as this much.
constexpr std::size_t kPageBytes = protocol::kMaxControlBytes;

struct Page {
  Bytes frame;
  bool is_last = false;
};

// Fetches each page while the one before is on its way, so that neither the disk nor the network waits for the other.
// At most two pages are held.
class Pages {
 public:
  Pages(Request& request, storage::ListRequest list)
      : request_(request),
        list_(std::move(list)),
        fetching_(request.stream.executor(), [this] { page_ = std::unexpected(out_of_memory()); }) {}

  // True if all of it was sent.
  net::Task<bool> send_all() {
    fetching_.spawn(fetch());
    bool complete = false;
    bool has_memory = true;
    try {
      complete = co_await send_one_after_another();
    } catch (const std::bad_alloc&) {
      has_memory = false;
    }
    for (net::TriesWithoutMemory tries; fetching_.size() > 0;) {
      try {
        co_await fetching_.join();
      } catch (const std::bad_alloc&) {
        if (!tries.pause()) throw;
      }
    }
    if (!has_memory) request_.stream.answer_out_of_memory();
    co_return complete;
  }

 private:
  net::Task<bool> send_one_after_another() {
    for (bool last = false; !last;) {
      co_await fetching_.join();
      const auto share = std::move(share_);
      if (!page_) {
        request_.stream.answer(page_.error());
        co_return false;
      }
      auto page = std::move(*page_);
      last = page.is_last;
      if (request_.stream.is_over()) co_return false;
      if (!last) fetching_.spawn(fetch());
      const auto sent = co_await request_.stream.send(FrameType::kListPage, std::move(page.frame));
      if (!sent) co_return false;
    }
    co_return true;
  }

  net::Task<> fetch() {
    share_ = co_await request_.outgoing.take(kPageBytes);
    auto read = [this] { return read_page(); };
    page_ = co_await net::run_blocking(request_.pool, read);
  }

  // On the pool.
  Result<Page> read_page() {
    const auto page = request_.services.drive.list(request_.actor, list_);
    if (!page) return std::unexpected(page.error());
    if (!page->last && page->reached == list_.after) {
      return fail(ErrorCode::kInternal, "the listing stands still after \"" + list_.after + "\"");
    }
    list_.after = page->reached;
    // A message that got no memory for an entry can't be destroyed, but with its arena.
    google::protobuf::Arena arena;
    auto& message = *google::protobuf::Arena::CreateMessage<wire::ListPage>(&arena);
    message.set_is_file(page->is_file);
    message.mutable_entries()->Reserve(static_cast<int>(page->entries.size()));
    for (const auto& entry : page->entries) fill(*message.add_entries(), entry);
    return Page{net::encode_frame(FrameType::kListPage, request_.stream.id(), message), page->last};
  }

  Request& request_;
  storage::ListRequest list_;  // of the next page
  net::ByteBudget::Share share_;
  Result<Page> page_;
  net::TaskGroup fetching_;
};

Result<storage::ListRequest> parse(const Bytes& payload) {
  const auto message = protocol::parse_message<wire::List>(payload);
  if (!message) return std::unexpected(message.error());
  return list_request_of(*message);
}

}  // namespace

net::Task<> handle_list(Request request, Stream::Incoming first) {
  auto list = parse(first.frame.payload);
  if (!list) co_return request.stream.answer(list.error());
  first = {};
  Pages pages(request, std::move(*list));
  const bool complete = co_await pages.send_all();
  if (request.stream.is_cancelled()) co_return request.stream.answer({ErrorCode::kCancelled, "cancelled", false});
  if (complete) request.stream.end();
}

}  // namespace ndisk::server
