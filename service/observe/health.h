// Health: what is wrong with a running service, in words. Thread-safety: any thread.
#pragma once

#include <map>
#include <string>

#include "jetkeep/mutex.h"

namespace jetkeep {

class Health {
 public:
  // The part's state from now on; an empty problem: all is well.
  void Set(const std::string& part, std::string problem);

  // {"status":"ok"|"degraded","problems":[{"part":…,"problem":…},…]}
  std::string Body() const;

 private:
  mutable Mutex mutex_;
  std::map<std::string, std::string> problems_ JETKEEP_GUARDED_BY(mutex_);  // by part
};

}  // namespace jetkeep
