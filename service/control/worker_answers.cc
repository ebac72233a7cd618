#include "service/control/worker_answers.h"

#include <utility>

#include "service/work/guarded_call.h"

namespace jetkeep {

void AnswerFrom(ThreadPool& pool, ControlContext& context, const Request& request,
                std::function<Result<std::string>()> work) {
  if (const Status room = RoomFor(pool); !room) {
    return context.desk.Refuse(request, room.error());
  }
  pool.Run([&context, request, work = std::move(work)] {
    Result<std::string> body = GuardedCall<Result<std::string>>(work);
    context.loop.Post(context.alive.Guard([&context, request, body = std::move(body)] {
      if (body) {
        context.desk.AnswerEncoded(request, *body);
      } else {
        context.desk.Refuse(request, body.error());
      }
    }));
  });
}

void AnswerFromPlanner(ControlContext& context, const Request& request,
                       std::function<Result<std::string>()> work) {
  constexpr std::size_t kMostWaiting = 16;
  if (context.planners.Waiting() >= kMostWaiting) {
    return context.desk.Refuse(request, {Errc::kTooManyJobs, "too many dry runs are waiting",
                                         "Ask again when they have ended.", 0});
  }
  AnswerFrom(context.planners, context, request,
             [&context, work = std::move(work)]() -> Result<std::string> {
               Result<std::string> body = work();
               if (!body && context.stop.Cancelled()) {
                 return Fail(Errc::kShuttingDown, "the service is shutting down");
               }
               return body;
             });
}

}  // namespace jetkeep
