// Frames: headers and control messages in and out, content in frames, and a stream of bytes turned into frames.
#include <benchmark/benchmark.h>

#include "common/net/bulk_frame.hpp"
#include "common/net/frame_connection.hpp"
#include "common/protocol/messages.hpp"

namespace ndisk {
namespace {

using protocol::FrameType;

// As one that a transport's read fills.
constexpr std::size_t kReadBytes = 64 * 1024;

std::string some_bytes(std::size_t size) { return std::string(size, 'x'); }

// The fields that an offer and a small file have alike.
template <class Message>
Message request() {
  Message message;
  message.set_request_id(some_bytes(protocol::kRequestIdBytes));
  message.set_path("documents/2024/letters/f00042.dat");
  message.mutable_attributes()->set_mtime_ns(1'600'000'000'123'456'789);
  message.mutable_attributes()->set_mode(0644);
  message.set_sha256(some_bytes(sizeof(Digest)));
  return message;
}

wire::PutSmall put_small() { return request<wire::PutSmall>(); }

wire::Offer offer() {
  auto message = request<wire::Offer>();
  message.set_size(1 << 30);
  return message;
}

wire::ListPage list_page(int entries) {
  wire::ListPage page;
  for (int i = 0; i < entries; ++i) {
    auto& entry = *page.add_entries();
    entry.set_path("letters/f" + std::to_string(10'000 + i) + ".dat");
    entry.set_kind(wire::FILE);
    entry.set_size(10'000);
    entry.mutable_attributes()->set_mtime_ns(1'600'000'000'123'456'789);
    entry.set_version(100'000 + i);
    entry.set_sha256(some_bytes(sizeof(Digest)));
  }
  return page;
}

void count_bytes(benchmark::State& state, std::size_t each) {
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * each));
}

void frame_header_there_and_back(benchmark::State& state) {
  protocol::FrameHeader header{100, FrameType::kData, 7};
  for (auto _ : state) {
    benchmark::DoNotOptimize(header);
    auto decoded = protocol::decode_header(protocol::encode_header(header));
    benchmark::DoNotOptimize(decoded);
  }
}
BENCHMARK(frame_header_there_and_back);

void message_encode(benchmark::State& state) {
  const auto message = offer();
  for (auto _ : state) {
    auto frame = net::encode_frame(FrameType::kOffer, 1, message);
    benchmark::DoNotOptimize(frame);
  }
}
BENCHMARK(message_encode);

void message_parse(benchmark::State& state) {
  const auto bytes = offer().SerializeAsString();
  for (auto _ : state) {
    auto message = protocol::parse_message<wire::Offer>(as_bytes(bytes));
    benchmark::DoNotOptimize(message);
  }
}
BENCHMARK(message_parse);

void list_page_encode(benchmark::State& state) {
  const auto page = list_page(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    auto frame = net::encode_frame(FrameType::kListPage, 1, page);
    benchmark::DoNotOptimize(frame);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(list_page_encode)->Arg(16)->Arg(512);

void list_page_parse(benchmark::State& state) {
  const auto bytes = list_page(static_cast<int>(state.range(0))).SerializeAsString();
  for (auto _ : state) {
    auto page = protocol::parse_message<wire::ListPage>(as_bytes(bytes));
    benchmark::DoNotOptimize(page);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(list_page_parse)->Arg(16)->Arg(512);

// The content stands where a read put it: what is left is the buffer and its two headers.
void data_frame_encode(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) {
    net::DataFrame frame(size);
    benchmark::DoNotOptimize(frame.content().data());
    auto bytes = std::move(frame).finish(1, 0, size);
    benchmark::DoNotOptimize(bytes);
  }
  count_bytes(state, size);
}
BENCHMARK(data_frame_encode)->Arg(16 << 10)->Arg(protocol::kMaxDataBytes);

void small_file_frame_encode(benchmark::State& state) {
  const auto message = put_small();
  const Bytes content(static_cast<std::size_t>(state.range(0)), 'x');
  for (auto _ : state) {
    auto frame = net::encode_small_frame(FrameType::kPutSmall, 1, message, content);
    benchmark::DoNotOptimize(frame);
  }
  count_bytes(state, content.size());
}
BENCHMARK(small_file_frame_encode)->Arg(512)->Arg(10 << 10)->Arg(protocol::kMaxSmallFileBytes);

// As many of these frames as a MiB has, in pieces as they come from a socket.
void parse_stream(benchmark::State& state, const Bytes& frame) {
  Bytes stream;
  while (stream.size() < 1 << 20) stream.insert(stream.end(), frame.begin(), frame.end());
  protocol::FrameParser parser;
  std::size_t frames = 0;
  for (auto _ : state) {
    for (std::size_t from = 0; from < stream.size(); from += kReadBytes) {
      auto input = ByteView(stream).subspan(from, std::min(kReadBytes, stream.size() - from));
      for (auto parsed = parser.next(input); *parsed; parsed = parser.next(input)) {
        benchmark::DoNotOptimize(parsed);
        ++frames;
      }
    }
  }
  if (!parser.at_boundary()) state.SkipWithError("the stream ends within a frame");
  count_bytes(state, stream.size());
  state.SetItemsProcessed(static_cast<std::int64_t>(frames));
}

void parse_data_frames(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  parse_stream(state, net::DataFrame(size).finish(1, 0, size));
}
BENCHMARK(parse_data_frames)->Arg(16 << 10)->Arg(protocol::kMaxDataBytes);

void parse_small_file_frames(benchmark::State& state) {
  const Bytes content(static_cast<std::size_t>(state.range(0)), 'x');
  parse_stream(state, net::encode_small_frame(FrameType::kPutSmall, 1, put_small(), content));
}
BENCHMARK(parse_small_file_frames)->Arg(512)->Arg(10 << 10);

}  // namespace
}  // namespace ndisk
