// Blocks of records: packing and unpacking at several zstd levels, and a whole backup end to end.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>

#include "protocol/repository/block_records.h"
#include "service/repository/repository.h"
#include "service/repository/segments/block_codec.h"
#include "service/store/posix/posix_store.h"

namespace jetkeep {
namespace {

// One message as an order system writes it: known keys, varying values.
std::string JsonLike(std::uint64_t sequence, std::size_t bytes) {
  std::mt19937_64 random(sequence);
  std::string text = "{\"items\":[";
  while (text.size() < bytes) {
    text += "{\"id\":" + std::to_string(random() % 1'000'000'000) + ",\"sku\":\"SKU-" +
            std::to_string(random() % 5000) + "\",\"customer\":\"customer-" +
            std::to_string(random() % 100'000) +
            "\",\"price\":" + std::to_string(random() % 100'000) + ",\"token\":\"" +
            std::to_string(random()) + "\",\"state\":\"" +
            (random() % 3 != 0 ? "shipped" : "pending") + "\"},";
  }
  return text + "{}]}";
}

ByteBuffer JsonBlock() {
  BlockBuilder block;
  for (std::uint64_t s = 1; block.size() < kBlockTargetBytes; ++s) {
    const std::string payload = JsonLike(s, 4096);
    block.Add({s, static_cast<std::int64_t>(s) * 1'000'003, "orders.eu." + std::to_string(s % 1000),
               "", payload});
  }
  return block.Take({});
}

// The second argument: whether negative levels compress literals.
ZstdSettings Settings(const benchmark::State& state) {
  return {static_cast<int>(state.range(0)), state.range(1) != 0};
}

void PackJson(benchmark::State& state) {
  const ByteBuffer raw = JsonBlock();
  PackedBlock block;
  BlockInfo info;
  for (auto _ : state) {
    if (!PackBlock(raw.view(), Settings(state), info, block)) std::abort();
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * raw.size()));
  state.counters["stored_ratio"] =
      static_cast<double>(info.stored_bytes) / static_cast<double>(raw.size());
}
BENCHMARK(PackJson)->Args({-5, 0})->Args({-5, 1})->Args({-2, 1})->Args({1, 0})->Args({3, 0})->Args(
    {6, 0});

void UnpackJson(benchmark::State& state) {
  const ByteBuffer raw = JsonBlock();
  PackedBlock block;
  ByteBuffer back;
  BlockInfo info;
  if (!PackBlock(raw.view(), Settings(state), info, block)) std::abort();
  for (auto _ : state) {
    if (!UnpackBlock(block.front.view().substr(kBlockHeaderBytes), info, back)) std::abort();
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * raw.size()));
}
BENCHMARK(UnpackJson)->Args({-5, 0})->Args({-5, 1})->Args({-2, 1})->Args({1, 0})->Args({6, 0});

void WriteBackup(benchmark::State& state) {
  const std::string root = "/dev/shm/jetkeep_segment_bench";
  std::filesystem::remove_all(root);
  const auto files = PosixStore::Open(root, true);
  BlockWorkers workers(2);
  RepositoryOptions options;
  // 0: the default, which is measured.
  if (state.range(0) != 0) options.writer.zstd_level = static_cast<int>(state.range(0));
  const auto repository = Repository::OpenOrCreate(**files, workers, options, 1);
  if (!repository) std::abort();
  std::vector<std::string> payloads;
  for (std::uint64_t s = 0; s < 2000; ++s) payloads.push_back(JsonLike(s, 4096));
  std::int64_t bytes = 0;
  for (auto _ : state) {
    const std::string id = "20261121T012410Z-7k2m9qdx";
    const auto writer = (*repository)->BeginBackup("ORDERS", "", id);
    for (std::uint64_t s = 1; s <= 50'000; ++s) {
      const std::string& payload = payloads[s % payloads.size()];
      if (!(*writer)->AddRecord({s, static_cast<std::int64_t>(s), "orders.new", "", payload}))
        std::abort();
      bytes += static_cast<std::int64_t>(payload.size());
    }
    Manifest manifest;
    manifest.account = "$G";
    manifest.stream = "ORDERS";
    manifest.lineage = id;
    manifest.state.first_sequence = 1;
    manifest.state.last_sequence = 50'000;
    if (!(*writer)->Finish(std::move(manifest), 1)) std::abort();
    if (!(*repository)->Delete(id, LastBackup::kDelete)) std::abort();
  }
  state.SetBytesProcessed(bytes);
  std::filesystem::remove_all(root);
}
BENCHMARK(WriteBackup)->Arg(-5)->Arg(0)->Arg(3)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace jetkeep

BENCHMARK_MAIN();
