#include "protocol/s2/piece_reader.h"

#include "protocol/s2/data_chunk.h"

namespace jetkeep::s2 {
namespace {

constexpr std::size_t kPieceBytes = 4 * 1024 * 1024;

}  // namespace

PieceReader::PieceReader(ByteSource& source) : chunks_(source), batch_(kPieceBytes) {}

std::string_view PieceReader::HandOut() {
  if (chunks_.kept_bytes() != 0) handed_out_ = &chunks_.HandOutKept();
  return batch_.view();
}

Result<std::string_view> PieceReader::Read() {
  if (direct_) chunks_.DropChunk();
  direct_ = false;
  handed_out_ = nullptr;
  chunks_.Release();
  batch_.Clear();
  while (!chunks_.error()) {
    if (!chunks_.FindHead()) {
      if (chunks_.ended()) return HandOut();
      if (!chunks_.error()) chunks_.Refill();
      continue;
    }
    const ChunkHead head = chunks_.head();
    // Chunks of tiny blocks are larger than what they hold.
    const std::size_t kept = chunks_.kept_bytes();
    if (!batch_.Takes(head) || (kept != 0 && kept + head.size > kPieceBytes)) return HandOut();
    if (!chunks_.FindChunk()) {
      chunks_.Refill();
      continue;
    }
    if (Batch::IsDirect(head)) {
      const auto bytes = HeldByStored(chunks_.chunk());
      direct_ = bytes.has_value();
      if (direct_) return *bytes;
      chunks_.Corrupt(bytes.error().message);
    } else if (const Status added = batch_.Add(head, chunks_.chunk()); !added) {
      chunks_.Corrupt(added.error().message);
    } else if (head.held != 0) {
      chunks_.KeepChunk();
    } else {
      chunks_.DropChunk();
    }
  }
  // What came before damage is still good; the error is the next call's.
  if (!batch_.empty()) return HandOut();
  return Fail(*chunks_.error());
}

}  // namespace jetkeep::s2
