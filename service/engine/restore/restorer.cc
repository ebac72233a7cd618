#include "service/engine/restore/restorer.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "protocol/base/names.h"
#include "protocol/js_api/server_version.h"
#include "service/engine/restore/changed_target.h"
#include "service/engine/restore/restore_preparation.h"
#include "service/engine/restore/server_clock.h"
#include "service/engine/update/update_stream.h"

namespace jetkeep {
namespace {

// Whether a restore failed because of what is, or is not, in the repository.
bool CannotBeRead(const Error& error) {
  return error.code == Errc::kRepositoryCorrupt || error.code == Errc::kRepositoryUnsupported ||
         error.code == Errc::kStorageError;
}

std::optional<Error> WhyUnusable(const Result<RestoreReport>& report) {
  if (report || !CannotBeRead(report.error())) return std::nullopt;
  return report.error();
}

std::optional<Error> WhyUnusable(const Result<RestorePreview>& preview) {
  if (!preview)
    return CannotBeRead(preview.error()) ? std::optional(preview.error()) : std::nullopt;
  for (const Error& refusal : preview->refusals) {
    if (CannotBeRead(refusal)) return refusal;
  }
  return std::nullopt;
}

std::vector<std::string> NamesOf(const std::vector<ConsumerBackup>& consumers) {
  std::vector<std::string> names;
  names.reserve(consumers.size());
  for (const ConsumerBackup& consumer : consumers) names.push_back(consumer.name);
  return names;
}

// Before, the total limits of a stream that discards new messages remove old ones when it is
// loaded.
constexpr ServerVersion kKeepsWhatIsThere{2, 10, 0};

bool MayShortenAge(const RestoreChanges& changes) {
  return !changes.config_json.empty() ||
         std::any_of(changes.set.begin(), changes.set.end(),
                     [](const auto& field) { return field.first == "max_age"; });
}

// The clock is the server's as far as it tells it: with the stream that was backed up, if that is
// still there, since 2.10.
Result<ServerLimits> LimitsOf(const RestoreTools& tools, const Manifest& manifest,
                              const RestoreChanges& changes) {
  ServerLimits limits;
  if (changes.none()) return limits;
  JETKEEP_ASSIGN(const ServerIdentity identity, tools.server.Server());
  const auto version = ParseServerVersion(identity.version);
  limits.discard_new_removes = version && *version < kKeepsWhatIsThere;
  limits.now_ns = tools.options.clock->Now();
  if (!MayShortenAge(changes)) return limits;
  if (const auto live = tools.server.GetStream(manifest.stream)) {
    limits.now_ns += ClockOffset(live->answered_ns, limits.now_ns);
  }
  return limits;
}

}  // namespace

// An update takes the newest configuration. But a stream that is gone must not come back empty
// where a backup has its messages.
ChosenFor Restorer::ChosenForStream(const RestoreSpec& spec) {
  if (!spec.update_config) return ChosenFor::kMessages;
  const auto there = tools_.server.GetStream(spec.stream);
  if (there || there.error().code != Errc::kStreamNotFound) return ChosenFor::kConfiguration;
  const auto whole = tools_.repository.ChooseForRestore(spec.stream, spec.allow_older);
  const bool none = !whole && whole.error().code == Errc::kBackupNotFound;
  return none ? ChosenFor::kConfiguration : ChosenFor::kMessages;
}

template <typename Outcome>
Result<Outcome> Restorer::OnBackup(
    const RestoreSpec& spec, const std::function<Result<Outcome>(const std::string& id)>& on,
    const std::function<std::optional<Error>(const Result<Outcome>&)>& unusable) {
  if (!spec.backup.empty()) return on(spec.backup);
  JETKEEP_TRY(CheckStreamName(spec.stream));
  const ChosenFor what = ChosenForStream(spec);
  std::vector<UnreadableBackup> passed_over;
  for (;;) {
    JETKEEP_ASSIGN(RestoreChoice choice, tools_.repository.ChooseForRestore(
                                             spec.stream, spec.allow_older, passed_over, what));
    Result<Outcome> outcome = on(choice.backup.id);
    // Every stored byte is read before a server hears of the restore; only then is it known
    // whether the backup is whole.
    std::optional<Error> why = unusable(outcome);
    if (!why) {
      if (outcome) {
        outcome->warnings.insert(outcome->warnings.begin(), choice.warnings.begin(),
                                 choice.warnings.end());
      }
      return outcome;
    }
    passed_over.push_back({choice.backup.id, *std::move(why)});
    if (!spec.allow_older) {
      // If there is an older one, the choice without this one says so.
      const auto other = tools_.repository.ChooseForRestore(spec.stream, false, passed_over, what);
      if (!other && other.error().code == Errc::kNewerBackupUnusable) return Fail(other.error());
      return outcome;
    }
  }
}

Result<RestoreReport> Restorer::Restore(const RestoreSpec& spec, JobObserver& observer,
                                        const CancelToken& cancel) {
  return OnBackup<RestoreReport>(
      spec, [&](const std::string& id) { return RestoreOne(id, spec, observer, cancel); },
      [](const Result<RestoreReport>& report) { return WhyUnusable(report); });
}

Result<RestorePreview> Restorer::Preview(const RestoreSpec& spec, const CancelToken& cancel) {
  return OnBackup<RestorePreview>(
      spec, [&](const std::string& id) { return PreviewOne(id, spec, cancel); },
      [](const Result<RestorePreview>& preview) { return WhyUnusable(preview); });
}

Result<BackupPart> Restorer::LoadPart(const std::string& id, const RestoreSpec& spec,
                                      const CancelToken& cancel) {
  JETKEEP_ASSIGN(Manifest manifest, tools_.repository.Load(id));
  return TakePart(tools_.repository, std::move(manifest), spec.part, cancel);
}

Result<RestoreTarget> Restorer::TargetOf(BackupPart& part, const RestoreSpec& spec,
                                         const CancelToken& cancel) {
  JETKEEP_ASSIGN(const ServerLimits limits, LimitsOf(tools_, part.manifest, spec.changes));
  JETKEEP_ASSIGN(RestoreTarget target, ChangeTarget(tools_.repository, part, spec.changes,
                                                    spec.allow_removal, limits, cancel));
  target.account = tools_.options.server_account;
  target.drop_unknown = spec.drop_unknown;
  target.skip_refused_consumers = spec.skip_refused_consumers;
  return target;
}

Result<RestorePreview> Restorer::PreviewOne(const std::string& id, const RestoreSpec& spec,
                                            const CancelToken& cancel) {
  JETKEEP_ASSIGN(BackupPart part, LoadPart(id, spec, cancel));
  JETKEEP_ASSIGN(const RestoreTarget target, TargetOf(part, spec, cancel));
  const Manifest& manifest = part.manifest;
  if (RestoresConfigOnly(manifest, spec)) {
    JETKEEP_ASSIGN(std::optional<RestorePreview> update,
                   PreviewUpdate(tools_, manifest, target, spec, cancel));
    if (update) return *std::move(update);
  }
  JETKEEP_ASSIGN(RestorePlan plan,
                 PrepareRestore(tools_.server, tools_.repository, manifest, target, Checks::kAll,
                                *tools_.options.clock, cancel));
  RestorePreview preview;
  preview.backup = manifest.Summary();
  preview.stream = std::move(plan.target.stream);
  preview.config_json = std::move(plan.target.config_json);
  preview.v2_archive = plan.form.v2;
  preview.expected = plan.expected;
  preview.consumers_sent = NamesOf(plan.consumers.archived);
  preview.consumers_created = NamesOf(plan.consumers.created);
  preview.left_out = std::move(plan.left_out);
  preview.warnings = std::move(plan.warnings);
  WarnOfInexactCut(manifest, preview.warnings);
  preview.unchecked = std::move(plan.unchecked);
  preview.refusals = std::move(plan.refusals);
  return preview;
}

Result<RestoreReport> Restorer::RestoreOne(const std::string& id, const RestoreSpec& spec,
                                           JobObserver& observer, const CancelToken& cancel) {
  JETKEEP_ASSIGN(BackupPart part, LoadPart(id, spec, cancel));
  JETKEEP_ASSIGN(const RestoreTarget target, TargetOf(part, spec, cancel));
  JETKEEP_ASSIGN(const auto pass, gate_.Enter(target.stream, cancel));
  if (RestoresConfigOnly(part.manifest, spec)) {
    JETKEEP_ASSIGN(std::optional<RestoreReport> update,
                   UpdateStream(tools_, part.manifest, target, spec, observer, cancel));
    if (update) return *std::move(update);
  }
  return RunRestoreAttempts(tools_, part.manifest, target, observer, cancel);
}

}  // namespace jetkeep
