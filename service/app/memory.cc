#include "service/app/memory.h"

#include <malloc.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <new>
#include <string_view>
#include <system_error>

#include "jetkeep/error.h"

namespace jetkeep {
namespace {

// Allocates nothing.
[[noreturn]] void EndWith(std::string_view message) {
  static_cast<void>(!::write(STDERR_FILENO, message.data(), message.size()));
  std::_Exit(TraitsOf(Errc::kInternal).exit_code);
}

[[noreturn]] void OnTerminate() {
  try {
    if (const std::exception_ptr thrown = std::current_exception()) std::rethrow_exception(thrown);
  } catch (const std::bad_alloc&) {
    EndWith(
        "jetkeep: out of memory. Give the process more (container limit, ulimit -v), or lower "
        "max_jobs.\n");
  } catch (const std::system_error& error) {
    // What the standard library throws where no thread can be started.
    if (error.code() == std::errc::resource_unavailable_try_again) {
      EndWith(
          "jetkeep: no thread can be started. Raise the limits of processes and memory (ulimit -u, "
          "ulimit -v, the container's pids limit).\n");
    }
  } catch (...) {
    // A defect: the core dump tells more.
    std::abort();
  }
  std::abort();
}

}  // namespace

void ExplainExhaustion() { std::set_terminate(&OnTerminate); }

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
