// Hostile blocks: whatever the bytes and however they are cut, the parser gives the same and stays
// in bounds. The first byte decides the cuts.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "jetkeep/snapshot.h"
#include "protocol/v1/block_parser.h"

namespace {

class Counter : public jetkeep::SnapshotHandler {
 public:
  jetkeep::Status OnStreamMeta(std::string_view) override { return {}; }
  jetkeep::Status OnRecord(const jetkeep::RecordView& record) override {
    Add(record.sequence + record.subject.size() + record.headers.size());
    for (const char c : record.payload) Add(static_cast<unsigned char>(c));
    return {};
  }
  jetkeep::Status OnDeleted(std::uint64_t first, std::uint64_t last) override {
    Add(first ^ last);
    return {};
  }
  jetkeep::Status OnConsumer(jetkeep::ConsumerBackup) override { return {}; }
  jetkeep::Status OnDamage(jetkeep::ArchiveDamage damage) override {
    Add(damage.where.size() + damage.sequence);
    return {};
  }
  std::uint64_t sum() const { return sum_; }

 private:
  void Add(std::uint64_t value) { sum_ = sum_ * 31 + value; }
  std::uint64_t sum_ = 0;
};

std::uint64_t Parse(std::string_view block, std::size_t piece) {
  Counter counter;
  jetkeep::v1::BlockParser parser("S", 1, counter);
  for (std::size_t at = 0; at < block.size(); at += piece) {
    // A copy of its own, so that a sanitizer sees a read beyond the piece.
    const std::string copy(block.substr(at, piece));
    if (!parser.Feed(copy)) std::abort();
  }
  if (!parser.Finish()) std::abort();
  return counter.sum();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view block(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t piece = std::size_t{data[0]} + 1;
  if (Parse(block, piece) != Parse(block, size)) std::abort();
  return 0;
}
