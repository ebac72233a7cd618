// The memory of the process: what the allocator may keep, and the message when there is none.
#pragma once

namespace jetkeep {

// Keeps the resident memory of a process with many threads and large short-lived buffers small.
// Call before the first thread starts.
void TuneAllocator();

// From now on a process that gets no memory, or no thread, says so and ends with the exit code of
// kInternal, instead of aborting: no job can go on then, and a restarted one cleans up after it.
void ExplainExhaustion();

}  // namespace jetkeep
