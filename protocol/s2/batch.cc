#include "protocol/s2/batch.h"

#include <algorithm>

#include "protocol/s2/block_decoder.h"
#include "protocol/s2/data_chunk.h"

namespace jetkeep::s2 {
namespace {

constexpr std::size_t kDirectBytes = 16 * 1024;

}  // namespace

bool Batch::IsDirect(const ChunkHead& head) { return head.stored && head.held >= kDirectBytes; }

bool Batch::Takes(const ChunkHead& head) const {
  return empty() || (out_.size() + head.held <= limit_ && !IsDirect(head));
}

Status Batch::Add(const ChunkHead& head, std::string_view chunk) {
  if (empty()) out_.Reserve(std::max(head.held, limit_) + kDecodeSlack);
  const std::size_t before = out_.size();
  char* const out = out_.Extend(head.held + kDecodeSlack);
  Status decoded = DecodeData(chunk, out, head.held, kDecodeSlack);
  out_.Resize(decoded ? before + head.held : before);
  return decoded;
}

}  // namespace jetkeep::s2
