#include "protocol/s2/reader.h"

#include "protocol/s2/data_chunk.h"

namespace jetkeep::s2 {
namespace {

constexpr std::size_t kBatchBytes = 256 * 1024;

}  // namespace

Reader::Reader(ByteSource& source) : chunks_(source), batch_(kBatchBytes) {}

Result<std::string_view> Reader::Read() {
  if (direct_) chunks_.DropChunk();
  direct_ = false;
  batch_.Clear();
  while (true) {
    const bool found = chunks_.FindHead();
    if (found && !batch_.Takes(chunks_.head())) return batch_.view();
    if (found && chunks_.FindChunk()) {
      if (Batch::IsDirect(chunks_.head())) {
        const auto bytes = HeldByStored(chunks_.chunk());
        direct_ = bytes.has_value();
        if (direct_) return *bytes;
        chunks_.Corrupt(bytes.error().message);
      } else if (const Status added = batch_.Add(chunks_.head(), chunks_.chunk()); added) {
        chunks_.DropChunk();
        continue;
      } else {
        chunks_.Corrupt(added.error().message);
      }
    }
    // What came before damage is still good; the error is the next call's.
    if (!batch_.empty() || (chunks_.ended() && !chunks_.error())) return batch_.view();
    if (chunks_.error()) return Fail(*chunks_.error());
    chunks_.Refill();
  }
}

}  // namespace jetkeep::s2
