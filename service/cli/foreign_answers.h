// ForeignAnswers: answers in a request's inbox that are not Jetkeep's, for the error if no other
// answer comes. Pure; one thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "jetkeep/error.h"
#include "protocol/control/answer_check.h"

namespace jetkeep {

class ForeignAnswers {
 public:
  void Add(ForeignAnswer answer);
  bool empty() const { return count_ == 0; }
  // kUnexpectedAnswer: names the streams that acknowledged the request, or else what came first.
  Error AsError(const std::string& subject, std::chrono::milliseconds waited) const;

 private:
  std::vector<std::string> streams_;  // each once, in the order of their answers
  std::string first_reason_;          // of those that name no stream
  std::size_t count_ = 0;
};

}  // namespace jetkeep
