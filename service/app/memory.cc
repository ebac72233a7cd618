#include "service/app/memory.h"

#include <malloc.h>

namespace jetkeep {

void TuneAllocator() {
#ifdef __GLIBC__
  // glibc gives every thread a heap of its own and keeps what was freed there; with a thread for
  // each stage that multiplies the peak. Two are enough for threads that mostly pass large buffers
  // on.
  ::mallopt(M_ARENA_MAX, 2);
  // Freed memory at the top of a heap goes back to the system beyond this.
  ::mallopt(M_TRIM_THRESHOLD, 2 * 1024 * 1024);
  // Chunks and blocks come and go all the time: mapped one by one, as larger blocks are, each would
  // be zeroed by the kernel again.
  ::mallopt(M_MMAP_THRESHOLD, 4 * 1024 * 1024);
#endif
}

}  // namespace jetkeep
