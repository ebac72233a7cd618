#include "service/engine/read/last_answers.h"

#include <utility>

namespace jetkeep {
namespace {

constexpr std::size_t kMostAnswers = 8;

// Apart from where they begin.
bool AskTheSame(MessageSelection a, MessageSelection b) {
  a.first_sequence = b.first_sequence = 0;
  return a == b;
}

}  // namespace

LastSequences LastAnswers::Find(const std::string& backup, const MessageSelection& selection) {
  const MutexLock lock(mutex_);
  for (auto answer = answers_.begin(); answer != answers_.end(); ++answer) {
    if (answer->backup != backup || answer->selection.first_sequence > selection.first_sequence ||
        !AskTheSame(answer->selection, selection)) {
      continue;
    }
    answers_.splice(answers_.begin(), answers_, answer);
    return answer->last;
  }
  return nullptr;
}

void LastAnswers::Keep(const std::string& backup, const MessageSelection& selection,
                       LastSequences last) {
  const MutexLock lock(mutex_);
  answers_.push_front({backup, selection, std::move(last)});
  Forget();
}

void LastAnswers::Forget() {
  std::size_t sequences = 0;
  std::size_t count = 0;
  for (auto answer = answers_.begin(); answer != answers_.end();) {
    sequences += answer->last->size();
    const bool stays = ++count <= kMostAnswers && sequences <= most_sequences_;
    answer = stays ? std::next(answer) : answers_.erase(answer);
  }
}

}  // namespace jetkeep
