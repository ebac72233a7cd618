// What the endpoints that ask about backups and jobs have in common.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>

#include "jetkeep/error.h"
#include "protocol/control/body.h"
#include "service/control/control_context.h"

namespace jetkeep {

// Runs the work on a worker, or on another of the context's pools, and answers with the body that
// it returns. Belong to the loop's thread.
void AnswerFrom(ThreadPool& pool, ControlContext& context, const Request& request,
                std::function<Result<std::string>()> work);
inline void AnswerFromWorker(ControlContext& context, const Request& request,
                             std::function<Result<std::string>()> work) {
  AnswerFrom(context.workers, context, request, std::move(work));
}

// The same for what may read or ask much before it answers: one after the other, and only a few may
// wait: kTooManyJobs. What fails while the service stops fails for that reason.
void AnswerFromPlanner(ControlContext& context, const Request& request,
                       std::function<Result<std::string>()> work);

// The body of as many of `count` elements as fit into `max_body` bytes, at least one.
template <typename MakeBody>
std::string FitBody(std::size_t count, std::size_t max_body, Encoding encoding, MakeBody make) {
  while (true) {
    std::string body = EncodeBody(make(count), encoding);
    if (body.size() <= max_body || count <= 1) return body;
    // A little below the share that fits, so that uneven elements need few more rounds.
    const double share = 0.9 * static_cast<double>(max_body) / static_cast<double>(body.size());
    const auto fewer = static_cast<std::size_t>(static_cast<double>(count) * share);
    count = std::max<std::size_t>(1, std::min(fewer, count - 1));
  }
}

}  // namespace jetkeep
