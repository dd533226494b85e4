// Digests: SHA-256 of content, and of it in blocks with the state saved as an upload's checkpoint saves it.
#include <benchmark/benchmark.h>

#include "common/digest.hpp"
#include "common/random.hpp"

namespace ndisk {
namespace {

constexpr std::int64_t kKiB = 1024;

Bytes content(std::size_t size) {
  Bytes bytes;
  while (bytes.size() < size) {
    const auto more = random_bytes<1024>();
    bytes.insert(bytes.end(), more.begin(), more.end());
  }
  bytes.resize(size);
  return bytes;
}

void sha256_whole(benchmark::State& state) {
  const auto bytes = content(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    auto digest = sha256(bytes);
    benchmark::DoNotOptimize(digest);
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(sha256_whole)->Arg(64)->Arg(1 * kKiB)->RangeMultiplier(4)->Range(16 * kKiB, 1024 * kKiB);

// 4 MiB in blocks of this size.
void sha256_in_blocks(benchmark::State& state) {
  const auto bytes = content(4096 * kKiB);
  const auto block = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) {
    Sha256 hash;
    for (std::size_t from = 0; from < bytes.size(); from += block) hash.add(ByteView(bytes).subspan(from, block));
    auto digest = hash.digest();
    benchmark::DoNotOptimize(digest);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}
BENCHMARK(sha256_in_blocks)->RangeMultiplier(4)->Range(16 * kKiB, 1024 * kKiB);

void sha256_save_and_restore(benchmark::State& state) {
  Sha256 hash;
  hash.add(content(1000));
  for (auto _ : state) {
    auto restored = Sha256::restore(hash.save());
    if (!restored) state.SkipWithError(restored.error().message.c_str());
    benchmark::DoNotOptimize(restored);
  }
}
BENCHMARK(sha256_save_and_restore);

}  // namespace
}  // namespace ndisk
