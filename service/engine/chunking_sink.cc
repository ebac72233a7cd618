#include "service/engine/chunking_sink.h"

#include <algorithm>

namespace jetkeep {

ChunkingSink::ChunkingSink(RestoreSession& session)
    : session_(session), chunk_bytes_(session.MaxChunk()) {}

Status ChunkingSink::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    if (pending_.size() == 0 && bytes.size() >= chunk_bytes_) {
      JETKEEP_TRY(Send(bytes.substr(0, chunk_bytes_)));
      bytes.remove_prefix(chunk_bytes_);
      continue;
    }
    const std::size_t taken = std::min(bytes.size(), chunk_bytes_ - pending_.size());
    pending_.Append(bytes.substr(0, taken));
    bytes.remove_prefix(taken);
    if (pending_.size() == chunk_bytes_) JETKEEP_TRY(Flush());
  }
  return {};
}

Status ChunkingSink::Flush() {
  if (pending_.size() == 0) return {};
  JETKEEP_TRY(Send(pending_.view()));
  pending_.Clear();
  return {};
}

Status ChunkingSink::Send(std::string_view chunk) {
  sent_bytes_ += chunk.size();
  return session_.Send(chunk);
}

}  // namespace jetkeep
