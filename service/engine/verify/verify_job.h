// VerifyJob: reads one backup, those of a stream, or all, and with `drill` also restores each into
// a scratch stream and compares. What is wrong is a finding, never an error; an error means that
// the job could not be done, or that something could not be read, which says nothing about the
// backup and is not kept. Every backup's outcome is kept beside it, where `list` shows it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "jetkeep/job.h"
#include "service/engine/job_context.h"
#include "service/engine/verify/drill.h"

namespace jetkeep {

class VerifyJob {
 public:
  // The server is asked only for drills.
  explicit VerifyJob(const JobContext& job) : job_(job) {}

  Result<VerifyReport> Run(const VerifySpec& spec);

 private:
  // The ids of the set's backups. What the set lacks goes into the report.
  std::vector<std::string> MembersOf(const SetDetails& set);
  const std::string& StreamOf(const std::string& id) const;
  void LackOf(const std::string& set_id, const std::string& id, const std::string& stream);
  // The outcome for one backup; its findings go into the report.
  Result<Verification> VerifyOne(const std::string& id, bool drill);
  Result<VerifyResult> ReadOne(const std::string& id);
  // Findings about files that belong to no backup.
  Status Survey();
  Status CheckSets();
  Status NameUnread();
  Status Expect(const std::vector<std::string>& ids, bool drill);
  void Report(const JobProgress& progress);
  // The backup is dealt with. What was planned for it and was not read, because it is damaged or
  // cannot be read, is no longer expected.
  void Settle(const std::string& id, const JobProgress& before, bool verified);
  Result<DrillResult> RunDrill(const std::string& id);
  // The drill of the backup is over, or not to be: nothing of it is to come.
  void CountDrill(const std::string& id);
  void WarnOfInexactCuts();
  void Record(const std::string& id, const Verification& verification);

  const JobContext job_;
  VerifyReport report_;
  std::vector<Error> unread_;
  // With drills, bytes are those read, and twice those of the messages: sent, and compared; and a
  // message is done once it is compared.
  JobProgress progress_;
  std::uint64_t shown_bytes_ = 0;                   // the most that was reported as done
  std::map<std::string, JobProgress> planned_;      // what is expected of each backup, by id
  std::map<std::string, std::uint64_t> raw_bytes_;  // of the backups to drill, by id
  std::vector<std::string> before_exact_cuts_;      // ids
  std::map<std::string, std::string> streams_;      // of the backups of a set, by id
};

}  // namespace jetkeep
