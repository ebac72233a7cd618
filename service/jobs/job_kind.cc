#include "service/jobs/job_kind.h"

namespace jetkeep {

const JobKindRow& RowOf(const JobSpec& spec) {
  struct Rows {
    const JobKindRow& operator()(const BackupSpec&) const { return kBackupJob; }
    const JobKindRow& operator()(const RestoreSpec&) const { return kRestoreJob; }
    const JobKindRow& operator()(const VerifySpec&) const { return kVerifyJob; }
    const JobKindRow& operator()(const BackupSetSpec&) const { return kBackupSetJob; }
    const JobKindRow& operator()(const RestoreSetSpec&) const { return kRestoreSetJob; }
    const JobKindRow& operator()(const RepublishSpec&) const { return kRepublishJob; }
  };
  return std::visit(Rows{}, spec);
}

const std::string& AccountOf(const JobSpec& spec) {
  return std::visit([](const auto& any) -> const std::string& { return any.account; }, spec);
}

std::string TargetOf(const JobSpec& spec) {
  return std::visit(
      [](const auto& any) -> std::string {
        if constexpr (requires { any.target; }) {
          return any.target == any.account ? std::string() : any.target;
        } else {
          return {};
        }
      },
      spec);
}

std::string PlaceOf(const JobSpec& spec) {
  std::string target = TargetOf(spec);
  return target.empty() ? AccountOf(spec) : target;
}

}  // namespace jetkeep
