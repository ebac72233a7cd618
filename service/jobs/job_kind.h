// The kinds of jobs: one row each, in a file of its own in kinds/. Thread-safety: plain constants
// and pure functions; `run` blocks its thread until the job has ended.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "jetkeep/cancel.h"
#include "jetkeep/engine.h"
#include "jetkeep/error.h"
#include "jetkeep/job.h"

namespace jetkeep {

using JobSpec =
    std::variant<BackupSpec, RestoreSpec, VerifySpec, BackupSetSpec, RestoreSetSpec, RepublishSpec>;
using JobReport = std::variant<BackupReport, RestoreReport, VerifyReport, BackupSetReport,
                               RestoreSetReport, RepublishReport>;

// What a report says of the job itself.
struct JobOutcome {
  std::optional<std::uint64_t> messages;  // none: as many as were expected
  std::optional<int> attempts;
  std::string backup;  // empty: none, or as before
  // What the job fails with although it has a report: a part of it was done.
  std::optional<Error> partial = {};
};

struct JobKindRow {
  JobKind kind;
  // REQUIRES: the spec is of this kind, and so is the report.
  Result<JobReport> (*run)(Engine& engine, const JobSpec& spec, JobObserver& observer,
                           const CancelToken& cancel);
  JobOutcome (*outcome)(const JobReport& report);
};

extern const JobKindRow kBackupJob;
extern const JobKindRow kRestoreJob;
extern const JobKindRow kVerifyJob;
extern const JobKindRow kBackupSetJob;
extern const JobKindRow kRestoreSetJob;
extern const JobKindRow kRepublishJob;

const JobKindRow& RowOf(const JobSpec& spec);
inline JobKind KindOf(const JobSpec& spec) { return RowOf(spec).kind; }
// Whose backups the job is about.
const std::string& AccountOf(const JobSpec& spec);
// The other account whose streams a restore makes; empty: there is none.
std::string TargetOf(const JobSpec& spec);
// In which the job works on streams.
std::string PlaceOf(const JobSpec& spec);

}  // namespace jetkeep
