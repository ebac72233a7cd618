// AnswerWindow: how long a request that several instances answer waits for the next answer. Nobody
// says how many there are: once one has answered, the others get some times as long as it took, and
// no request waits its whole time for answers that do not come. Pure; one thread.
#pragma once

#include <chrono>

namespace jetkeep {

class AnswerWindow {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::steady_clock::duration;

  // Another instance's process may have to wait for a processor.
  static constexpr std::chrono::milliseconds kLeast{50};
  static constexpr int kTimesAsLong = 5;

  // Without an answer it ends at `deadline`.
  AnswerWindow(TimePoint asked, TimePoint deadline) : asked_(asked), until_(deadline) {}

  // An answer has come at `now`. The window ends after a while without another, and in any case
  // `longest` after the first one.
  void Note(TimePoint now, Duration longest);
  // The first answer has come `took` after the request, at a time when nobody looked.
  void NoteEarlier(Duration took, Duration longest) { Note(asked_ + took, longest); }

  bool answered() const { return answered_; }
  TimePoint until() const { return until_; }

 private:
  TimePoint asked_;
  TimePoint until_;
  TimePoint last_end_;  // that the first answer leaves
  Duration quiet_{};
  bool answered_ = false;
};

}  // namespace jetkeep
