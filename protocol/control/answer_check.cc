#include "protocol/control/answer_check.h"

#include <array>
#include <utility>

#include "protocol/base/utf8.h"
#include "protocol/control/answers.h"
#include "protocol/control/body.h"
#include "protocol/control/events.h"
#include "protocol/control/message_shapes.h"

namespace jetkeep {
namespace {

constexpr std::string_view kEventPrefix = "io.jetkeep.event.v1.";
constexpr std::int64_t kFirstErrorNumber = 70'000;  // all numbers of errors.def lie between these
constexpr std::int64_t kLastErrorNumber = 79'999;

std::string TextOf(const Document& document, const char* member) {
  const auto found = document.find(member);
  return found != document.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool FlagOf(const Document& document, const char* member) {
  const auto found = document.find(member);
  return found != document.end() && found->is_boolean() && found->get<bool>();
}

JobKind WorkOf(EndpointId endpoint) {
  if (endpoint == EndpointId::kRestore) return JobKind::kRestore;
  if (endpoint == EndpointId::kRepublish) return JobKind::kRepublish;
  return endpoint == EndpointId::kVerify ? JobKind::kVerify : JobKind::kBackup;
}

Status Equal(const Document& answer, const char* member, const std::string& expected) {
  if (expected.empty() || TextOf(answer, member) == expected) return {};
  return Fail(Errc::kInvalidRequest,
              "its \"" + std::string(member) + "\" is not that of the request");
}

Status CheckResult(JobKind work, const Document& request, const Document& answer) {
  JETKEEP_TRY(CheckShape(answer, EventShape(work, EventKind::kCompleted)));
  JETKEEP_TRY(Equal(answer, "type", EventType(work, EventKind::kCompleted)));
  return Equal(answer, "job", TextOf(request, "job"));
}

Status CheckJob(JobKind work, const Document& request, const Document& answer) {
  JETKEEP_TRY(CheckShape(answer, JobShape()));
  JETKEEP_TRY(Equal(answer, "kind", std::string(NameOf(work))));
  return Equal(answer, "job", TextOf(request, "job"));
}

Status CheckPlan(const Document& request, const Document& answer) {
  if (request.contains("set")) {
    JETKEEP_TRY(CheckShape(answer, RestoreSetPlanShape()));
    return TextOf(request, "set") == kLatestSet ? Status()
                                                : Equal(answer, "set", TextOf(request, "set"));
  }
  JETKEEP_TRY(CheckShape(answer, RestorePlanShape()));
  // The plan is about the stream that would be made.
  const std::string as = TextOf(request, "as");
  JETKEEP_TRY(Equal(answer, "stream", as.empty() ? TextOf(request, "stream") : as));
  return Equal(answer, "backup", TextOf(request, "backup"));
}

Status CheckSuccess(EndpointId endpoint, const Document& request, const Document& answer) {
  switch (endpoint) {
    case EndpointId::kRestore:
      if (FlagOf(request, "dry_run")) return CheckPlan(request, answer);
      [[fallthrough]];
    case EndpointId::kBackup:
    case EndpointId::kVerify:
    case EndpointId::kRepublish:
      return FlagOf(request, "wait") ? CheckResult(WorkOf(endpoint), request, answer)
                                     : CheckJob(WorkOf(endpoint), request, answer);
    case EndpointId::kList:
      return CheckShape(answer, BackupListShape());
    case EndpointId::kShow:
      JETKEEP_TRY(CheckShape(answer, BackupShape()));
      return Equal(answer, "id", TextOf(request, "backup"));
    case EndpointId::kStatus:
      if (!request.contains("job")) return CheckShape(answer, JobListShape());
      JETKEEP_TRY(CheckShape(answer, JobStatusShape()));
      return Equal(answer, "job", TextOf(request, "job"));
    case EndpointId::kCancel:
      JETKEEP_TRY(CheckShape(answer, JobShape()));
      return Equal(answer, "job", TextOf(request, "job"));
    case EndpointId::kDelete:
      JETKEEP_TRY(CheckShape(answer, DeletedShape()));
      JETKEEP_TRY(Equal(answer, "set", TextOf(request, "set")));
      return Equal(answer, "backup", TextOf(request, "backup"));
    case EndpointId::kPin:
    case EndpointId::kUnpin:
      JETKEEP_TRY(CheckShape(answer, PinnedShape()));
      JETKEEP_TRY(Equal(answer, "set", TextOf(request, "set")));
      return Equal(answer, "backup", TextOf(request, "backup"));
    case EndpointId::kGet:
      JETKEEP_TRY(CheckShape(answer, MessageShape()));
      return Equal(answer, "backup", TextOf(request, "backup"));
    case EndpointId::kMessages:
      JETKEEP_TRY(CheckShape(answer, MessagesShape()));
      return Equal(answer, "backup", TextOf(request, "backup"));
    case EndpointId::kStats:
      JETKEEP_TRY(CheckShape(answer, StatsShape()));
      return Equal(answer, "backup", TextOf(request, "backup"));
    case EndpointId::kDiff:
      JETKEEP_TRY(CheckShape(answer, DiffShape()));
      JETKEEP_TRY(Equal(answer["a"], "backup", TextOf(request, "backup")));
      return Equal(answer["b"], "backup", TextOf(request, "other"));
    case EndpointId::kDrift:
      JETKEEP_TRY(CheckShape(answer, DriftShape()));
      JETKEEP_TRY(Equal(answer, "backup", TextOf(request, "backup")));
      return TextOf(request, "set") == kLatestSet ? Status()
                                                  : Equal(answer, "set", TextOf(request, "set"));
    case EndpointId::kPrune:
      return CheckShape(answer, PruneShape());
    case EndpointId::kSets:
      return CheckShape(answer, SetsShape());
    case EndpointId::kSet:
      JETKEEP_TRY(CheckShape(answer, SetShape()));
      return TextOf(request, "set") == kLatestSet ? Status()
                                                  : Equal(answer, "id", TextOf(request, "set"));
  }
  return Fail(Errc::kInternal, "no such endpoint");
}

bool IsOurError(const Document& answer) {
  if (!CheckShape(answer, ErrorAnswerShape())) return false;
  const auto number = answer["error"]["err_code"].get<std::int64_t>();
  return number >= kFirstErrorNumber && number <= kLastErrorNumber;
}

// JetStream answers {"stream":…,"seq":…} to a message that it has stored, and the same with an
// "error" to one that it has not.
ForeignAnswer Foreign(const Document& answer, std::string reason) {
  ForeignAnswer foreign;
  foreign.reason = std::move(reason);
  const auto sequence = answer.find("seq");
  const bool counts = sequence != answer.end() && sequence->is_number_integer();
  if (counts || answer.contains("error")) {
    foreign.stream = TextOf(answer, "stream");
    foreign.domain = TextOf(answer, "domain");
  }
  return foreign;
}

// The last four tokens of an event's subject.
std::optional<std::array<std::string_view, 4>> LastTokens(std::string_view subject) {
  std::array<std::string_view, 4> tokens;
  for (std::size_t i = tokens.size(); i-- > 0;) {
    const std::size_t dot = subject.rfind('.');
    if (dot == std::string_view::npos && i != 0) return std::nullopt;
    tokens[i] = dot == std::string_view::npos ? subject : subject.substr(dot + 1);
    subject = dot == std::string_view::npos ? std::string_view() : subject.substr(0, dot);
  }
  return tokens;
}

const Shape* ShapeOfEvent(std::string_view work, std::string_view kind) {
  for (const JobKind known_work :
       {JobKind::kBackup, JobKind::kRestore, JobKind::kVerify, JobKind::kRepublish}) {
    if (NameOf(known_work) != work) continue;
    for (const EventKind known_kind :
         {EventKind::kQueued, EventKind::kStarted, EventKind::kProgress, EventKind::kRetrying,
          EventKind::kCompleted, EventKind::kFailed, EventKind::kCancelled}) {
      if (NameOf(known_kind) == kind) return &EventShape(known_work, known_kind);
    }
  }
  return &EventFrameShape();
}

}  // namespace

JudgedAnswer JudgeAnswer(EndpointId endpoint, const Document& request,
                         const ReceivedAnswer& answer) {
  if (answer.body.empty()) return ForeignAnswer{{}, {}, "an empty message"};
  Result<Document> body = DecodeBody(answer.body, kAnswerLimits);
  if (!body) return ForeignAnswer{{}, {}, std::move(body).error().message};
  const std::string type = AnswerType(endpoint);
  if (answer.type && *answer.type != type && *answer.type != kErrorAnswerType) {
    return Foreign(*body, "its header " + std::string(kTypeHeader) + " is not " + type);
  }
  const bool says_error =
      answer.type ? *answer.type == kErrorAnswerType : answer.error_code.has_value();
  if (says_error) {
    if (IsOurError(*body)) return ErrorFromDocument((*body)["error"]);
    return Foreign(*body, "an error that is not Jetkeep's");
  }
  if (Status expected = CheckSuccess(endpoint, request, *body); !expected) {
    return Foreign(*body, std::move(expected).error().message);
  }
  return *std::move(body);
}

Result<Document> ReadEvent(std::string_view subject, std::string_view body) {
  const auto tokens = LastTokens(subject);
  if (!tokens) return Fail(Errc::kInvalidRequest, "not on the subject of an event");
  const auto& [work, kind, stream, job] = *tokens;
  JETKEEP_ASSIGN(Document event, DecodeBody(body, kAnswerLimits));
  JETKEEP_TRY(CheckShape(event, *ShapeOfEvent(work, kind)));
  std::string type(kEventPrefix);
  type.append(work).append("_").append(kind);
  JETKEEP_TRY(Equal(event, "type", type));
  JETKEEP_TRY(Equal(event, "stream", ToUtf8(stream)));  // bodies hold nothing else
  JETKEEP_TRY(Equal(event, "job", std::string(job)));
  return event;
}

}  // namespace jetkeep
