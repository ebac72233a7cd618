// StandingWarnings: what is wrong with the service's surroundings now. Logged when it changes.
// Thread-safety: belongs to the loop's thread.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "service/telemetry/log.h"

namespace jetkeep {

class StandingWarnings {
 public:
  // `all_clear`: what the log says when nothing is wrong any more.
  explicit StandingWarnings(std::string all_clear) : all_clear_(std::move(all_clear)) {}

  void Replace(std::vector<std::string> found) {
    for (const std::string& warning : found) {
      if (std::find(now_.begin(), now_.end(), warning) == now_.end()) log::Warn(warning);
    }
    if (found.empty() && !now_.empty()) log::Info(all_clear_);
    now_ = std::move(found);
  }
  const std::vector<std::string>& now() const { return now_; }

 private:
  const std::string all_clear_;
  std::vector<std::string> now_;
};

}  // namespace jetkeep
