#include <algorithm>
#include <string>
#include <utility>

#include "protocol/control/requests.h"
#include "protocol/control/restore_plan_document.h"
#include "service/control/endpoints/endpoints.h"
#include "service/control/job_requests.h"
#include "service/control/worker_answers.h"

namespace jetkeep {
namespace {

// config: one that holds the configuration is enough.
Status RequireAnyBackup(Engine& engine, JobManager::Submission& submission, bool config) {
  const Result<BackupListing> listing = engine.List(submission.stream);
  // What cannot be read is not absent: the job says what is wrong with it.
  if (!listing || !listing->warnings.empty()) return {};
  const bool any = std::any_of(
      listing->backups.begin(), listing->backups.end(), [&](const BackupSummary& backup) {
        return backup.condition == BackupCondition::kComplete ||
               (config && backup.condition == BackupCondition::kConfigOnly);
      });
  if (any) return {};
  if (!listing->backups.empty() &&
      listing->backups.front().condition == BackupCondition::kConfigOnly) {
    return Fail(Errc::kBackupNotFound,
                "there is no complete backup of stream " + submission.stream + "; the newest, " +
                    listing->backups.front().id + ", holds its configuration only",
                "Restore that one by its id to create the stream without messages.");
  }
  return Fail(Errc::kBackupNotFound, "there is no complete backup of stream " + submission.stream,
              "Run `jetkeep list`, or ask backup.list.");
}

Document WithTarget(Document plan, const std::string& target) {
  if (!target.empty()) plan["target"] = target;
  return plan;
}

// A dry run is no job: it has no events, leaves no record, and keeps nobody waiting.
void AnswerWithPlan(ControlContext& context, const Request& request, RestoreSpec spec) {
  const auto work = [&context, account = request->account, encoding = request->encoding,
                     spec = std::move(spec)]() -> Result<std::string> {
    JETKEEP_ASSIGN(Engine* const engine, account->EngineFor(spec.target));
    JETKEEP_ASSIGN(const RestorePreview preview, engine->PreviewRestore(spec, context.stop));
    return FitBody(kMaxPlanLines, context.max_body(), encoding, [&](std::size_t lines) {
      return WithTarget(RestorePlanDocument(preview, account->name, lines), spec.target);
    });
  };
  AnswerFromPlanner(context, request, work);
}

void AnswerWithSetPlan(ControlContext& context, const Request& request, RestoreSetSpec spec) {
  const bool keep_going = spec.keep_going;
  const auto work = [&context, keep_going, account = request->account, encoding = request->encoding,
                     spec = std::move(spec)]() -> Result<std::string> {
    JETKEEP_ASSIGN(Engine* const engine, account->EngineFor(spec.target));
    JETKEEP_ASSIGN(const RestoreSetPreview preview, engine->PreviewRestoreSet(spec, context.stop));
    return FitBody(kMaxPlanLines, context.max_body(), encoding, [&](std::size_t lines) {
      return WithTarget(RestoreSetPlanDocument(preview, account->name, lines, keep_going),
                        spec.target);
    });
  };
  AnswerFromPlanner(context, request, work);
}

// Finds out which set is meant before the job begins: a client that asks again with the same job id
// means the same set.
Status RequireSet(Engine& engine, JobManager::Submission& submission) {
  JETKEEP_ASSIGN(const SetDetails set, engine.ShowSet(submission.set));
  submission.set = set.summary.id;
  return {};
}

void SubmitSet(ControlContext& context, const Request& request, const RestoreRequest& parsed) {
  RestoreSetSpec spec;
  spec.set = parsed.set;
  spec.streams = parsed.streams;
  spec.exclude = parsed.exclude;
  spec.keep_going = parsed.keep_going;
  spec.drop_unknown = parsed.drop_unknown;
  spec.skip_refused_consumers = parsed.skip_refused_consumers;
  spec.parallel = parsed.parallel;
  spec.account = request->account->name;
  spec.target = parsed.target;
  spec.update_config = parsed.update_config;
  spec.allow_removal = parsed.allow_removal;
  if (parsed.dry_run) return AnswerWithSetPlan(context, request, std::move(spec));
  JobManager::Submission submission;
  submission.stream = std::string(kAllStreams);
  submission.set = parsed.set;
  submission.spec = std::move(spec);
  SubmitJob(context, request, parsed.options, std::move(submission), RequireSet);
}

}  // namespace

void HandleRestore(ControlContext& context, const Request& request, const Document& body) {
  Result<RestoreRequest> parsed = ParseRestoreRequest(body);
  if (!parsed) return context.desk.Refuse(request, parsed.error());
  // Whoever may ask for an account may restore into it.
  if (!parsed->target.empty()) {
    const auto target = context.accounts.Find(parsed->target);
    if (!target) return context.desk.Refuse(request, target.error());
    if (*target == request->account) parsed->target.clear();
  }
  if (!parsed->set.empty()) return SubmitSet(context, request, *parsed);
  RestoreSpec spec;
  spec.backup = parsed->backup;
  spec.stream = parsed->stream;
  spec.allow_older = parsed->allow_older;
  spec.drop_unknown = parsed->drop_unknown;
  spec.skip_refused_consumers = parsed->skip_refused_consumers;
  spec.account = request->account->name;
  spec.target = parsed->target;
  spec.part = parsed->part;
  spec.update_config = parsed->update_config;
  spec.allow_removal = parsed->allow_removal;
  spec.changes = parsed->changes;
  if (parsed->dry_run) return AnswerWithPlan(context, request, std::move(spec));
  JobManager::Submission submission;
  submission.stream = parsed->stream.empty() ? std::string(kAllStreams) : parsed->stream;
  submission.backup = parsed->backup;
  submission.spec = std::move(spec);
  const JobPreparation require_any = [config = parsed->update_config](
                                         Engine& engine, JobManager::Submission& job) -> Status {
    return RequireAnyBackup(engine, job, config);
  };
  const JobPreparation find = parsed->backup.empty() ? require_any : FindStreamOfBackup;
  SubmitJob(context, request, parsed->options, std::move(submission),
            [find, as = parsed->changes.as](Engine& engine, JobManager::Submission& job) -> Status {
              JETKEEP_TRY(find(engine, job));
              // The job is about the stream that it makes.
              if (!as.empty()) job.stream = as;
              return {};
            });
}

}  // namespace jetkeep
