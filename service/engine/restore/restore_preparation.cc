#include "service/engine/restore/restore_preparation.h"

#include <utility>

#include "service/engine/restore/restore_check.h"
#include "service/engine/restore/restore_cleanup.h"
#include "service/engine/restore/restore_grants.h"
#include "service/engine/restore/server_facts.h"

namespace jetkeep {
namespace {

bool NameIsTaken(const RestorePlan& plan) {
  return !plan.refusals.empty() && plan.refusals.front().code == Errc::kStreamExists;
}

// Not damage or a refusal, but a look that did not succeed.
bool WasNotLookedAt(const Error& error) {
  return error.Retryable() || error.code == Errc::kCancelled ||
         error.code == Errc::kBackupNotFound || error.code == Errc::kBackupInUse;
}

}  // namespace

Status CheckStoredBackup(Repository& repository, const Manifest& manifest,
                         const CancelToken& cancel) {
  JETKEEP_ASSIGN(const VerifyResult result, repository.CheckStored(manifest, cancel));
  if (result.ok()) return {};
  return Fail(Errc::kRepositoryCorrupt,
              "backup " + manifest.id + ": " + JoinedDifferences(result.findings),
              "Nothing was sent to the server. Restore another backup; `jetkeep list` shows them.");
}

Result<RestorePlan> PrepareRestore(JetStream& server, Repository& repository,
                                   const Manifest& manifest, const RestoreTarget& target,
                                   Checks checks, const WallClock& clock,
                                   const CancelToken& cancel) {
  JETKEEP_ASSIGN(const ServerFacts facts,
                 GatherServerFacts(server, target.config_json, clock, cancel));
  JETKEEP_ASSIGN(RestorePlan plan, PlanRestore(manifest, target, facts));
  // Only in clusters: the name may have no stream.
  if (NameIsTaken(plan)) plan.refusals.front() = NameTaken(server, target.stream);
  const auto stops = [&] { return checks == Checks::kUntilOneRefuses && !plan.refusals.empty(); };
  if (stops()) return plan;
  if (Status whole = CheckStoredBackup(repository, manifest, cancel); !whole) {
    if (checks == Checks::kUntilOneRefuses || WasNotLookedAt(whole.error())) {
      return Fail(std::move(whole).error());
    }
    plan.refusals.push_back(std::move(whole).error());
  }
  if (NameIsTaken(plan)) {
    // The probes could not harm that stream, but it is not this restore's to try them on.
    plan.unchecked.emplace_back(
        "the permissions that the end of the restore needs, because stream " + target.stream +
        " exists");
    return plan;
  }
  for (Error& missing : MissingGrants(server, NeededBy(plan))) {
    if (WasNotLookedAt(missing)) return Fail(std::move(missing));
    plan.refusals.push_back(std::move(missing));
    if (stops()) break;
  }
  return plan;
}

Error RefusalOf(const RestorePlan& plan) {
  Error refusal = plan.refusals.front();
  if (refusal.code == Errc::kStreamExists) return refusal;
  for (std::size_t i = 1; i < plan.refusals.size(); ++i) {
    refusal.message += "; besides, " + plan.refusals[i].message;
  }
  return refusal;
}

}  // namespace jetkeep
