// Counts SIGINT and SIGTERM for a verb that must cancel its jobs before it exits.
#pragma once

namespace jetkeep {

// The second signal ends the process at once, with 128 + its number. One object at a time.
class InterruptCounter {
 public:
  InterruptCounter();
  ~InterruptCounter();  // the usual handling again
  InterruptCounter(const InterruptCounter&) = delete;
  InterruptCounter& operator=(const InterruptCounter&) = delete;

  int count() const;  // from any thread
};

}  // namespace jetkeep
