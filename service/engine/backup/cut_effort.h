// CutEffort: what it took to reach a cut, or how far a backup came from one: for reports and
// errors. A plain value.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "jetkeep/error.h"
#include "jetkeep/job.h"
#include "service/engine/backup/cut_verdict.h"

namespace jetkeep {

class CutEffort {
 public:
  // An answer of the server was judged, and is no cut. last: the stream's last sequence then.
  void Missed(const CutVerdict& verdict, std::uint64_t last);

  int answers() const { return answers_; }
  // Since the first answer was judged: what came during the copy had been read by then.
  std::chrono::steady_clock::duration Time() const;
  // Of a cut: the answer that is it is the next. tail_messages: read after the copy.
  CutFigures Figures(std::uint64_t tail_messages) const;
  // kCutNotReached. why: what stood in the way. listing: why the stream could not be listed; empty
  // if it was not tried, or could.
  tl::unexpected<Error> NotReached(const std::string& stream, const std::string& why,
                                   const std::string& listing) const;

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point made_ = Clock::now();
  Clock::time_point began_ = made_;
  int answers_ = 0;
  std::uint64_t first_last_ = 0;  // the stream's last sequence at the first answer
  std::uint64_t last_last_ = 0;
  std::vector<std::uint64_t> missed_;
};

}  // namespace jetkeep
