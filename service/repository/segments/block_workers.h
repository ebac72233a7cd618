// BlockWorkers: the threads on which blocks are compressed, decompressed and checked. One for the
// whole process; writers and readers bound what each of them has under way. Thread-safety: all
// members may be called from any thread.
#pragma once

#include <cstddef>
#include <functional>
#include <utility>

#include "service/work/thread_pool.h"

namespace jetkeep {

class BlockWorkers {
 public:
  explicit BlockWorkers(std::size_t threads) : pool_(threads) {}
  // Runs what was submitted, then ends.
  ~BlockWorkers() { pool_.Finish(); }
  BlockWorkers(const BlockWorkers&) = delete;
  BlockWorkers& operator=(const BlockWorkers&) = delete;

  // The task must not throw and must not wait for another task.
  void Submit(std::function<void()> task) { pool_.Run(std::move(task)); }
  // Calls f(0) to f(count - 1), several at once, the caller's thread among those that do; returns
  // when all have returned. f must not throw. Not for tasks of these workers.
  void ForEach(std::size_t count, std::function<void(std::size_t)> f);
  std::size_t threads() const { return pool_.max_threads(); }

 private:
  ThreadPool pool_;
};

}  // namespace jetkeep
