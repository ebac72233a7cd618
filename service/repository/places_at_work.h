// PlacesAtWork: lineages to clean up once more, because somebody made a backup there when something
// was to be removed. Thread-safety: all members may be called from any thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "jetkeep/mutex.h"
#include "protocol/repository/layout.h"

namespace jetkeep {

class PlacesAtWork {
 public:
  void Add(const std::vector<LineagePath>& places) {
    const MutexLock lock(mutex_);
    for (const LineagePath& place : places) places_.emplace(place.directory(), place);
  }
  // Whether it was among them.
  bool Take(const LineagePath& place) {
    const MutexLock lock(mutex_);
    return places_.erase(place.directory()) > 0;
  }
  std::vector<LineagePath> TakeAll() {
    const MutexLock lock(mutex_);
    std::vector<LineagePath> all;
    for (auto& [directory, place] : places_) all.push_back(std::move(place));
    places_.clear();
    return all;
  }
  bool empty() const {
    const MutexLock lock(mutex_);
    return places_.empty();
  }

 private:
  mutable Mutex mutex_;
  std::map<std::string, LineagePath> places_ JETKEEP_GUARDED_BY(mutex_);  // by their directories
};

}  // namespace jetkeep
