// v1 blocks both ways: 4 MiB blocks of messages of 128 B and of 4 KiB.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "jetkeep/snapshot.h"
#include "protocol/v1/block_encoder.h"
#include "protocol/v1/block_parser.h"

namespace jetkeep {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{4} << 20;

class Counter : public SnapshotHandler {
 public:
  Status OnStreamMeta(std::string_view) override { return {}; }
  Status OnRecord(const RecordView& record) override {
    benchmark::DoNotOptimize(record.payload.data());
    ++records;
    return {};
  }
  Status OnDeleted(std::uint64_t, std::uint64_t) override { return {}; }
  Status OnConsumer(ConsumerBackup) override { return {}; }
  Status OnDamage(ArchiveDamage) override { std::abort(); }
  std::int64_t records = 0;
};

std::int64_t Fill(v1::BlockEncoder& block, const std::string& payload) {
  RecordView record;
  record.timestamp_ns = 1'700'000'000'000'000'000;
  record.subject = "orders.eu.42";
  record.payload = payload;
  while (block.size() + v1::BlockEncoder::EncodedSize(record) <= kBlockBytes) {
    ++record.sequence;
    block.AppendMessage(record);
  }
  return static_cast<std::int64_t>(record.sequence);
}

void BM_V1Encode(benchmark::State& state) {
  const std::string payload(static_cast<std::size_t>(state.range(0)), 'x');
  v1::BlockEncoder block("BENCH");
  std::int64_t records = 0;
  std::int64_t bytes = 0;
  for (auto _ : state) {
    block.Reset(1);
    records += Fill(block, payload);
    bytes += static_cast<std::int64_t>(block.size());
  }
  state.SetItemsProcessed(records);
  state.SetBytesProcessed(bytes);
}
BENCHMARK(BM_V1Encode)->Arg(128)->Arg(4096);

void BM_V1Parse(benchmark::State& state) {
  v1::BlockEncoder block("BENCH");
  Fill(block, std::string(static_cast<std::size_t>(state.range(0)), 'x'));
  Counter counter;
  for (auto _ : state) {
    v1::BlockParser parser("BENCH", 1, counter);
    if (!parser.Feed(block.view()) || !parser.Finish()) std::abort();
  }
  state.SetItemsProcessed(counter.records);
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(block.size()));
}
BENCHMARK(BM_V1Parse)->Arg(128)->Arg(4096);

}  // namespace
}  // namespace jetkeep
