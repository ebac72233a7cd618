#include "service/cli/foreign_answers.h"

#include <algorithm>
#include <utility>

#include "service/cli/render/human.h"

namespace jetkeep {
namespace {

constexpr std::size_t kStreamsNamed = 8;

}  // namespace

void ForeignAnswers::Add(ForeignAnswer answer) {
  ++count_;
  if (answer.stream.empty()) {
    if (first_reason_.empty()) first_reason_ = std::move(answer.reason);
    return;
  }
  std::string name = std::move(answer.stream);
  if (!answer.domain.empty()) name += " (domain " + answer.domain + ")";
  const bool known = std::find(streams_.begin(), streams_.end(), name) != streams_.end();
  if (!known && streams_.size() < kStreamsNamed) streams_.push_back(std::move(name));
}

Error ForeignAnswers::AsError(const std::string& subject, std::chrono::milliseconds waited) const {
  const std::string no_service =
      ", and no jetkeep service answered within " + std::to_string(waited.count()) + " ms";
  if (streams_.empty()) {
    return {Errc::kUnexpectedAnswer,
            "another program answered on " + subject + no_service + " (" +
                HumanPlural(count_, "answer") + "; the first: " + first_reason_ + ")",
            "Stop that program, or give jetkeep subjects of its own with --prefix. Check that "
            "`jetkeep serve` runs.",
            0};
  }
  std::string names;
  for (const std::string& name : streams_) names += (names.empty() ? "" : ", ") + name;
  const bool one = streams_.size() == 1;
  return {Errc::kUnexpectedAnswer,
          (one ? "stream " : "streams ") + names + (one ? " captures " : " capture ") + subject +
              " and answered" + no_service,
          "Remove " + subject + " from the subjects of " + (one ? "that stream" : "those streams") +
              ". Check that `jetkeep serve` runs.",
          0};
}

}  // namespace jetkeep
