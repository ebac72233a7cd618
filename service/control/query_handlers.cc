#include "service/control/query_handlers.h"

#include <algorithm>
#include <span>
#include <utility>

#include "protocol/control/answers.h"
#include "protocol/control/backup_document.h"
#include "protocol/control/requests.h"
#include "service/control/guarded_call.h"

namespace jetkeep {
namespace {

// A document of thousands of jobs takes tens of MiB while it is made.
constexpr std::size_t kMaxJobsListed = 1'000;

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

std::string EncodeDetails(const BackupDetails& details, std::size_t max_body, Encoding encoding) {
  DetailLimits limits;
  const std::size_t longest =
      std::max({details.consumers.size(), details.segments.size(), details.lost.size()});
  limits.consumers = std::min(limits.consumers, details.consumers.size());
  limits.segments = std::min(limits.segments, details.segments.size());
  return FitBody(std::min(longest, limits.consumers + limits.segments), max_body, encoding,
                 [&](std::size_t count) {
                   DetailLimits now = limits;
                   now.consumers = std::min(count, limits.consumers);
                   now.segments = std::min(count, limits.segments);
                   now.lost = std::min(now.lost, std::max<std::size_t>(count, 1));
                   return ToDocument(details, now);
                 });
}

}  // namespace

void QueryHandlers::Answer(const Request& request, std::function<Result<std::string>()> work) {
  if (const jetkeep::Status room = RoomFor(context_.workers); !room) {
    return context_.desk.Refuse(request, room.error());
  }
  context_.workers.Run([this, request, work = std::move(work)] {
    Result<std::string> body = GuardedCall<Result<std::string>>(work);
    context_.loop.Post(context_.alive.Guard([this, request, body = std::move(body)] {
      if (body) {
        context_.desk.AnswerEncoded(request, *body);
      } else {
        context_.desk.Refuse(request, body.error());
      }
    }));
  });
}

void QueryHandlers::List(const Request& request, const Document& body) {
  const Result<ListRequest> parsed = ParseListRequest(body);
  if (!parsed) return context_.desk.Refuse(request, parsed.error());
  Answer(request, [this, encoding = request->encoding, list = *parsed]() -> Result<std::string> {
    JETKEEP_ASSIGN(const BackupListing listing, context_.engine.List(list.stream));
    const std::vector<BackupSummary>& all = listing.backups;
    const std::size_t first = std::min<std::uint64_t>(list.offset, all.size());
    const std::size_t count = std::min<std::uint64_t>(list.limit, all.size() - first);
    const std::span<const BackupSummary> page(all.data() + first, count);
    return FitBody(count, context_.max_body(), encoding, [&](std::size_t fitting) {
      return ListAnswer(page.first(fitting), all.size(), list.offset, list.limit, listing.warnings,
                        listing.incomplete);
    });
  });
}

void QueryHandlers::Show(const Request& request, const Document& body) {
  const Result<ShowRequest> parsed = ParseShowRequest(body);
  if (!parsed) return context_.desk.Refuse(request, parsed.error());
  Answer(request,
         [this, encoding = request->encoding, backup = parsed->backup]() -> Result<std::string> {
           JETKEEP_ASSIGN(const BackupDetails details, context_.engine.Show(backup));
           return EncodeDetails(details, context_.max_body(), encoding);
         });
}

void QueryHandlers::Delete(const Request& request, const Document& body) {
  const Result<DeleteRequest> parsed = ParseDeleteRequest(body);
  if (!parsed) return context_.desk.Refuse(request, parsed.error());
  Answer(request, [this, encoding = request->encoding, wanted = *parsed]() -> Result<std::string> {
    JETKEEP_TRY(context_.engine.Delete({wanted.backup, wanted.last}));
    return EncodeBody(DeleteAnswer(wanted.backup), encoding);
  });
}

void QueryHandlers::Status(const Request& request, const Document& body) {
  const Result<StatusRequest> parsed = ParseStatusRequest(body);
  if (!parsed) return context_.desk.Refuse(request, parsed.error());
  if (!parsed->job.empty()) {
    const std::optional<JobStatus> job = context_.jobs.Find(parsed->job);
    if (job) return context_.desk.Answer(request, StatusAnswer(*job, context_.subjects));
    return context_.desk.Refuse(
        request, {Errc::kJobNotFound, "the job " + parsed->job + " is not known", {}});
  }
  context_.captures.WithWarnings([this, request](const std::vector<std::string>& warnings) {
    const std::vector<JobStatus> first = context_.jobs.First(kMaxJobsListed);
    const std::span<const JobStatus> jobs(first);
    context_.desk.AnswerEncoded(
        request, FitBody(jobs.size(), context_.max_body(), request->encoding, [&](auto count) {
          return StatusListAnswer(jobs.first(count), context_.subjects, context_.jobs.size(),
                                  warnings);
        }));
  });
}

void QueryHandlers::Cancel(const Request& request, const Document& body) {
  const Result<CancelRequest> parsed = ParseCancelRequest(body);
  if (!parsed) return context_.desk.Refuse(request, parsed.error());
  const Result<JobStatus> job = context_.jobs.Cancel(parsed->job);
  if (!job) return context_.desk.Refuse(request, job.error());
  context_.desk.Answer(request, JobAnswer(*job, context_.subjects));
}

}  // namespace jetkeep
