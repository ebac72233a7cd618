#include "service/engine/restore/link_pace.h"

namespace jetkeep {

void LinkPace::Look(const Reading& now) {
  const std::chrono::nanoseconds elapsed = now.elapsed - last_.elapsed;
  const std::chrono::nanoseconds waited = now.waited - last_.waited;
  const std::uint64_t bytes = now.bytes - last_.bytes;
  if (elapsed <= std::chrono::nanoseconds::zero()) return;
  last_ = now;
  // Only a link that is waited for shows what it takes.
  if (waited < elapsed / 4) {
    // Hardly any waiting while compressing: the link takes more than the compression makes.
    if (waited < elapsed / 16) slow_ = false;
    return;
  }
  const double seconds = std::chrono::duration<double>(elapsed).count();
  slow_ = static_cast<double>(bytes) < seconds * static_cast<double>(kSlowBytesPerSecond);
}

}  // namespace jetkeep
