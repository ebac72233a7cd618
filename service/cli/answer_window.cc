#include "service/cli/answer_window.h"

#include <algorithm>

namespace jetkeep {

void AnswerWindow::Note(TimePoint now, Duration longest) {
  if (!answered_) {
    answered_ = true;
    quiet_ = std::max<Duration>(kLeast, kTimesAsLong * (now - asked_));
    last_end_ = std::min(until_, now + longest);
  }
  until_ = std::min(last_end_, now + quiet_);
}

}  // namespace jetkeep
