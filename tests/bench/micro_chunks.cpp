// Chunks: cutting content and recognising it, and planning what an old content saves of a new one.
#include <benchmark/benchmark.h>

#include "common/chunks/copy_plan.hpp"
#include "common/random.hpp"

namespace ndisk::chunks {
namespace {

constexpr std::size_t kContent = 64 * 1024 * 1024;
constexpr std::size_t kBlock = 256 * 1024;

Bytes content() {
  Bytes bytes;
  while (bytes.size() < kContent) {
    const auto more = random_bytes<1024>();
    bytes.insert(bytes.end(), more.begin(), more.end());
  }
  return bytes;
}

std::vector<Chunk> cut_into(ByteView bytes, Cut cut) {
  ChunkReader reader(cut);
  std::vector<Chunk> chunks;
  for (std::size_t from = 0; from < bytes.size(); from += kBlock) reader.add(bytes.subspan(from, kBlock), chunks);
  reader.finish(chunks);
  return chunks;
}

void cut_content(benchmark::State& state) {
  const auto bytes = content();
  for (auto _ : state) {
    auto chunks = cut_into(bytes, {.log2 = static_cast<unsigned>(state.range(0)), .fixed = state.range(1) != 0});
    benchmark::DoNotOptimize(chunks);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}
BENCHMARK(cut_content)
    ->ArgNames({"log2", "fixed"})
    ->Args({13, 0})
    ->Args({16, 0})
    ->Args({20, 0})
    ->Args({16, 1})
    ->Unit(benchmark::kMillisecond);

void plan_same_content(benchmark::State& state) {
  const auto chunks = cut_into(content(), {.log2 = kSmallestAverageLog2});
  const std::vector<Range> all{{0, kContent}};
  for (auto _ : state) {
    KnownChunks known;
    known.add(all, chunks);
    known.sort();
    PlanBuilder builder;
    builder.add(known, chunks);
    auto plan = builder.take();
    benchmark::DoNotOptimize(plan);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(chunks.size()));
}
BENCHMARK(plan_same_content)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace ndisk::chunks
