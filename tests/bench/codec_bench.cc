// How fast the inner loops of a backup and of a restore are.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>

#include "protocol/codec/crc32c.h"
#include "protocol/codec/highway.h"
#include "protocol/s2/reader.h"
#include "protocol/s2/writer.h"
#include "protocol/tar/reader.h"
#include "protocol/tar/writer.h"
#include "protocol/v2/archive_parser.h"
#include "protocol/v2/entry.h"
#include "tests/support/byte_streams.h"

namespace jetkeep {
namespace {

class CountingSink : public ByteSink {
 public:
  Status Write(std::string_view bytes) override {
    count += bytes.size();
    return {};
  }
  std::size_t count = 0;
};

// Views of a fixed size into one text, as chunks arrive.
class ChunkSource : public ByteSource {
 public:
  ChunkSource(std::string_view bytes, std::size_t chunk) : bytes_(bytes), chunk_(chunk) {}
  Result<std::string_view> Read() override {
    const std::string_view view = bytes_.substr(0, chunk_);
    bytes_.remove_prefix(view.size());
    return view;
  }

 private:
  std::string_view bytes_;
  std::size_t chunk_;
};

std::string JsonLike(std::size_t size) {
  std::mt19937 random(1);
  std::string text;
  for (int order = 0; text.size() < size; ++order) {
    text += R"({"order_id":)" + std::to_string(1000000 + order) + R"(,"customer":"c-)" +
            std::to_string(random() % 5000) + R"(","status":"shipped","amount":)" +
            std::to_string(random() % 100000) + R"(,"sku":"SKU-)" +
            std::to_string(random() % 3000) + R"(","token":")" + std::to_string(random()) +
            std::to_string(random()) + "\"}\n";
  }
  text.resize(size);
  return text;
}

void Drain(ByteSource& source, benchmark::State& state) {
  for (;;) {
    const auto view = source.Read();
    if (!view) state.SkipWithError(view.error().message.c_str());
    if (!view || view->empty()) return;
    benchmark::DoNotOptimize(view->data());
  }
}

void SetBytes(benchmark::State& state, std::size_t size) {
  state.SetBytesProcessed(static_cast<std::int64_t>(size) * state.iterations());
}

void S2DecodeJson(benchmark::State& state) {
  const std::string text = JsonLike(16 << 20);
  StringSink sink;
  s2::Writer writer(sink, s2::Mode::kSnappy);
  static_cast<void>(writer.Write(text));
  static_cast<void>(writer.Finish());
  for (auto _ : state) {
    ChunkSource source(sink.text, 128 * 1024);
    s2::Reader reader(source);
    Drain(reader, state);
  }
  SetBytes(state, text.size());
  state.counters["ratio"] =
      static_cast<double>(text.size()) / static_cast<double>(sink.text.size());
}
BENCHMARK(S2DecodeJson);

// One frame for each message, as servers flush them: items are messages.
void S2DecodeTinyFrames(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const std::string text = JsonLike(4 << 20);
  StringSink sink;
  const s2::Mode mode = state.range(1) != 0 ? s2::Mode::kSnappy : s2::Mode::kStored;
  bool first = true;
  for (std::size_t at = 0; at + size <= text.size(); at += size) {
    StringSink frame;
    s2::Writer writer(frame, mode);
    static_cast<void>(writer.Write(std::string_view(text).substr(at, size)));
    static_cast<void>(writer.Finish());
    sink.text += first ? frame.text : frame.text.substr(10);
    first = false;
  }
  for (auto _ : state) {
    ChunkSource source(sink.text, 128 * 1024);
    s2::Reader reader(source);
    Drain(reader, state);
  }
  SetBytes(state, text.size());
  state.SetItemsProcessed(static_cast<std::int64_t>(text.size() / size) * state.iterations());
}
BENCHMARK(S2DecodeTinyFrames)->Args({160, 0})->Args({160, 1})->Args({4096, 1});

void S2Encode(benchmark::State& state) {
  const std::string text = JsonLike(16 << 20);
  const s2::Mode mode = state.range(0) != 0 ? s2::Mode::kSnappy : s2::Mode::kStored;
  for (auto _ : state) {
    CountingSink sink;
    s2::Writer writer(sink, mode);
    static_cast<void>(writer.Write(text));
    static_cast<void>(writer.Finish());
    benchmark::DoNotOptimize(sink.count);
  }
  SetBytes(state, text.size());
}
BENCHMARK(S2Encode)->Arg(0)->Arg(1);

void Crc(benchmark::State& state) {
  const std::string text = JsonLike(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(Crc32c(text));
  SetBytes(state, text.size());
}
BENCHMARK(Crc)->Arg(128)->Arg(4096)->Arg(1 << 20);

void HighwayRecord(benchmark::State& state) {
  const HighwayKey key = HighwayKeyOf(Sha256("ORDERS-1"));
  const std::string payload = JsonLike(static_cast<std::size_t>(state.range(0)));
  const std::string fixed(16, 'f');
  for (auto _ : state) {
    benchmark::DoNotOptimize(Highway64(key, {fixed, "orders.eu.4711", "", payload}));
  }
  SetBytes(state, payload.size());
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(HighwayRecord)->Arg(24)->Arg(128)->Arg(4096);

std::string_view FillEntries(ByteBuffer& buffer, const std::string& payload, std::size_t count) {
  buffer.Clear();
  for (std::size_t i = 1; i <= count; ++i) {
    v2::AppendEntry(buffer, {i, 1'700'000'000'000'000'000, "orders.eu.4711", "", payload});
  }
  return buffer.view();
}

void EntryEncode(benchmark::State& state) {
  const std::string payload = JsonLike(static_cast<std::size_t>(state.range(0)));
  ByteBuffer buffer;
  std::size_t size = 0;
  for (auto _ : state) size = FillEntries(buffer, payload, 1000).size();
  SetBytes(state, size);
  state.SetItemsProcessed(1000 * state.iterations());
}
BENCHMARK(EntryEncode)->Arg(128)->Arg(4096);

class NullHandler : public v2::ArchiveHandler {
 public:
  Status OnState(std::string_view) override { return {}; }
  Status OnConsumerEntry(std::string_view, std::string_view) override { return {}; }
  Status OnRecord(const RecordView& record) override {
    benchmark::DoNotOptimize(record.payload.data());
    return {};
  }
};

void ArchiveParse(benchmark::State& state) {
  ByteBuffer entries;
  FillEntries(entries, JsonLike(static_cast<std::size_t>(state.range(0))), 20000);
  ByteBuffer archive;
  archive.Append(v2::kMagic);
  v2::AppendEntry(archive, {0, 1, v2::kStateName, "", "{}"});
  archive.Append(entries.view());
  v2::AppendEntry(archive, {});
  for (auto _ : state) {
    NullHandler handler;
    v2::ArchiveParser parser(handler);
    ChunkSource source(archive.view(), 256 * 1024);
    if (!parser.Drive(source)) state.SkipWithError("archive");
  }
  SetBytes(state, archive.size());
  state.SetItemsProcessed(20000 * state.iterations());
}
BENCHMARK(ArchiveParse)->Arg(128)->Arg(4096);

void TarRead(benchmark::State& state) {
  const std::string block = JsonLike(8 << 20);
  StringSink sink;
  tar::Writer writer(sink);
  for (const char* name : {"msgs/1.blk", "msgs/2.blk", "msgs/3.blk", "msgs/4.blk"}) {
    static_cast<void>(writer.BeginEntry(name, block.size(), 0));
    static_cast<void>(writer.Write(block));
  }
  static_cast<void>(writer.Finish());
  for (auto _ : state) {
    ChunkSource source(sink.text, 1 << 20);
    tar::Reader reader(source);
    for (;;) {
      const auto entry = reader.NextEntry();
      if (!entry) state.SkipWithError(entry.error().message.c_str());
      if (!entry || !*entry) break;
      for (;;) {
        const auto view = reader.ReadData();
        if (!view || view->empty()) break;
        benchmark::DoNotOptimize(view->data());
      }
    }
  }
  SetBytes(state, sink.text.size());
}
BENCHMARK(TarRead);

void TarWrite(benchmark::State& state) {
  const std::string block = JsonLike(8 << 20);
  const auto piece = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) {
    CountingSink sink;
    tar::Writer writer(sink);
    static_cast<void>(writer.BeginEntry("msgs/1.blk", block.size(), 0));
    for (std::size_t at = 0; at < block.size(); at += piece) {
      static_cast<void>(writer.Write(std::string_view(block).substr(at, piece)));
    }
    static_cast<void>(writer.Finish());
    benchmark::DoNotOptimize(sink.count);
  }
  SetBytes(state, block.size());
}
BENCHMARK(TarWrite)->Arg(4096)->Arg(256 << 10)->Arg(8 << 20);

}  // namespace
}  // namespace jetkeep
