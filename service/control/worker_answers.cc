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

}  // namespace jetkeep
