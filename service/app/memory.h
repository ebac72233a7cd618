// Keeps the resident memory of a process with many threads and large short-lived buffers small.
#pragma once

namespace jetkeep {

// Call before the first thread starts.
void TuneAllocator();

}  // namespace jetkeep
