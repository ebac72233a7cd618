// JobRecord: what is kept of a job that has ended, so that its result is known after a restart.
// FORMAT.md, "Jobs". Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "jetkeep/error.h"
#include "jetkeep/job.h"

namespace jetkeep {

struct JobRecord {
  JobStatus status;      // ended; of its progress the counts alone are kept
  std::string instance;  // a random id of the process that ran the job
};

// Records stand below this prefix, each under `<record id>.<job id>`; a record id has the form of a
// backup id, so that names sort by time.
inline constexpr std::string_view kJobRecordsPrefix = "jk.jobs";
std::string JobRecordKey(std::string_view record_id, std::string_view job);
struct JobRecordName {
  std::string record_id;
  std::string job;
};
// Nothing but what JobRecordKey builds, without the prefix.
std::optional<JobRecordName> ParseJobRecordName(std::string_view name);

// REQUIRES: the job has ended. kInvalidName if a text is not UTF-8.
Result<std::string> EncodeJobRecord(const JobRecord& record);
Result<JobRecord> ParseJobRecord(std::string_view job, std::string_view document);

inline constexpr std::size_t kMaxJobRecordBytes = std::size_t{64} * 1024;

}  // namespace jetkeep
