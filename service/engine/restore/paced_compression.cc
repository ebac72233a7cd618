#include "service/engine/restore/paced_compression.h"

namespace jetkeep {
namespace {

// A v1 archive comes in blocks of 4 MiB, so a shorter look sees either no waiting or nothing else.
constexpr std::size_t kLookEveryBytes = std::size_t{8} << 20;

}  // namespace

Status PacedCompression::Write(std::string_view bytes) {
  if (since_look_ >= kLookEveryBytes) Look();
  since_look_ += bytes.size();
  return writer_.Write(bytes);
}

void PacedCompression::Look() {
  since_look_ = 0;
  const ChunkQueue::Pace& pace = chunks_.pace();
  pace_.Look({std::chrono::steady_clock::now() - begin_, pace.waited, pace.bytes});
  writer_.SetMode(pace_.slow() ? s2::Mode::kSnappy : s2::Mode::kStored);
}

}  // namespace jetkeep
