// LastAnswers: which messages were found to be the last of their subjects, so that the pages of one
// request find them once. Bounded: the oldest answers are forgotten.
// Thread-safety: all members may be called from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "jetkeep/message_selection.h"
#include "jetkeep/mutex.h"

namespace jetkeep {

using LastSequences = std::shared_ptr<const std::vector<std::uint64_t>>;  // rising

class LastAnswers {
 public:
  static constexpr std::size_t kMostSequences = 500'000;  // 4 MB

  explicit LastAnswers(std::size_t most_sequences = kMostSequences)
      : most_sequences_(most_sequences) {}

  // An answer to the same selection that began at the same sequence or before: the last message of
  // a subject, if it lies above, is the last one of what lies above, too. Null: there is none.
  // Backups do not change, so an answer stays right.
  LastSequences Find(const std::string& backup, const MessageSelection& selection);
  void Keep(const std::string& backup, const MessageSelection& selection, LastSequences last);

 private:
  struct Answer {
    std::string backup;
    MessageSelection selection;
    LastSequences last;
  };
  void Forget() JETKEEP_REQUIRES(mutex_);

  const std::size_t most_sequences_;
  Mutex mutex_;
  std::list<Answer> answers_ JETKEEP_GUARDED_BY(mutex_);  // the one used last in front
};

}  // namespace jetkeep
