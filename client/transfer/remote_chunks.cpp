#include "client/transfer/remote_chunks.hpp"

namespace ndisk::client {
namespace {

using protocol::FrameType;

constexpr int kMostTries = 3;

std::vector<chunks::Range> all_of(const RemoteVersion& version) {
  if (version.size == 0) return {};
  return {{0, version.size}};
}

}  // namespace

RemoteChunks::RemoteChunks(Transfer& transfer, RemoteVersion of, chunks::Cut cut, std::vector<chunks::Range> parts)
    : transfer_(transfer),
      of_(of),
      cut_(cut),
      is_whole_(parts.empty()),
      parts_(is_whole_ ? all_of(of) : std::move(parts)) {}

net::Task<Result<void>> RemoteChunks::fetch() {
  Link::Tries tries;
  for (int count = 0; count < kMostTries; ++count) {
    begin();
    auto fetched = co_await fetch_once();
    if (fetched || stopped_) co_return fetched;
    tries.note_done(furthest_);
    auto retry = co_await transfer_.link.before_retry(fetched.error(), tries);
    if (!retry || stopped_) co_return retry;
  }
  co_return fail(ErrorCode::kIo, "the connection was lost too often to compare chunks");
}

void RemoteChunks::begin() {
  chunks_.clear();
  part_ = 0;
  passed_ = taken_ = 0;
}

net::Task<Result<void>> RemoteChunks::fetch_once() {
  auto stream = co_await transfer_.link.open_stream();
  if (!stream) co_return std::unexpected(stream.error());
  wire::GetChunks message;
  message.set_version(of_.version);
  message.set_average_log2(cut_.log2);
  message.set_fixed(cut_.fixed);
  if (!is_whole_) {
    for (const auto& part : parts_) {
      auto& range = *message.add_ranges();
      range.set_offset(part.offset);
      range.set_length(part.length);
    }
  }
  auto sent = co_await (*stream)->send(FrameType::kGetChunks, message);
  if (!sent) co_return sent;
  const auto info = co_await (*stream)->receive<wire::FileInfo>(FrameType::kFileInfo);
  if (!info) co_return std::unexpected(info.error());
  if (info->size() != of_.size) co_return fail(ErrorCode::kProtocol, "the server cut another content into chunks");
  co_return co_await take_pages(*stream);
}

net::Task<Result<void>> RemoteChunks::take_pages(Link::Stream& stream) {
  while (!stopped_) {
    const auto frame = co_await stream->receive();
    if (!frame) co_return std::unexpected(frame.error());
    if (frame->header.type == FrameType::kEnd) break;
    if (frame->header.type != FrameType::kChunksPage) {
      co_return fail(ErrorCode::kProtocol, "the server answered GetChunks with " +
                                               std::string(protocol::frame_type_name(frame->header.type)));
    }
    auto taken = take_page(frame->payload);
    if (!taken) co_return taken;
    if (taken_ > furthest_) transfer_.link.note_progress();
    furthest_ = std::max(furthest_, taken_);
  }
  if (stopped_) co_return Result<void>();
  stream->mark_ended();
  if (!is_complete()) co_return fail(ErrorCode::kProtocol, "the server's chunks end too early");
  co_return Result<void>();
}

Result<void> RemoteChunks::take_page(ByteView payload) {
  const auto page = protocol::parse_message<wire::ChunksPage>(payload);
  if (!page) return std::unexpected(page.error());
  if (page->hashes_size() != page->lengths_size()) {
    return fail(ErrorCode::kProtocol, "the server sent hashes without lengths");
  }
  for (int i = 0; i < page->hashes_size(); ++i) {
    if (!fits(page->lengths(i))) return fail(ErrorCode::kProtocol, "the server sent a chunk that can't be");
    take_chunk({page->lengths(i), page->hashes(i)});
  }
  return {};
}

bool RemoteChunks::fits(std::uint64_t length) {
  if (is_complete() || length == 0) return false;
  const auto rest = parts_[part_].length - passed_;
  const auto size = std::uint64_t{1} << cut_.log2;
  const auto least = cut_.fixed ? size : size / 4, most = cut_.fixed ? size : size * 4;
  return length <= rest && length <= most && (length >= least || length == rest);
}

void RemoteChunks::take_chunk(const chunks::Chunk& chunk) {
  chunks_.push_back(chunk);
  taken_ += chunk.length;
  passed_ += chunk.length;
  if (passed_ < parts_[part_].length) return;
  ++part_;
  passed_ = 0;
}

}  // namespace ndisk::client
