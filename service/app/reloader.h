// Reloader: reads the configuration again while the service runs. A bad one is refused, and what is
// in force stays. Of a good one the service takes what it can; the rest is named in the log.
//
// Thread-safety: belongs to the loop's thread; `check` is called on a thread of its own.
#pragma once

#include <functional>

#include "service/config/load.h"
#include "service/loop/alive.h"
#include "service/loop/event_loop.h"
#include "service/work/thread_pool.h"

namespace jetkeep {

struct ReloadHandlers {
  std::function<Status(const Config&)> check;  // what LoadConfig does not
  std::function<void(const Config&)> take;     // the live settings
  std::function<void(const Status&)> ended;    // with the reason, if it was refused
};

class Reloader {
 public:
  // `running`: what is in force, and from which flags it came. The loop outlives this.
  Reloader(EventLoop& loop, LoadedConfig running, ReloadHandlers handlers);
  Reloader(const Reloader&) = delete;
  Reloader& operator=(const Reloader&) = delete;

  // Where a reload is under way, another one follows.
  void Reload();

 private:
  Result<LoadedConfig> Read() const;
  void OnRead(const Result<LoadedConfig>& now);
  Status Take(const Result<LoadedConfig>& now);

  EventLoop& loop_;
  LoadedConfig running_;
  const FlagValues given_;
  const ReloadHandlers handlers_;
  bool reading_ = false;
  bool again_ = false;
  Alive alive_;
  ThreadPool pool_{1};  // last: waits for its task before the rest goes
};

}  // namespace jetkeep
