#include "protocol/repository/job_record.h"

#include <algorithm>
#include <array>

#include "protocol/base/names.h"
#include "protocol/base/utf8.h"
#include "protocol/repository/backup_id.h"
#include "protocol/repository/json_fields.h"
#include "protocol/repository/sealed_json.h"
#include "protocol/repository/stored_error.h"

namespace jetkeep {
namespace {

constexpr std::array kKinds = {JobKind::kBackup, JobKind::kRestore, JobKind::kVerify,
                               JobKind::kRepublish};
constexpr std::array kEnds = {JobState::kCompleted, JobState::kFailed, JobState::kCancelled};
template <typename Value, std::size_t Size>
Status Find(const std::array<Value, Size>& values, std::string_view name, Value& out) {
  for (const Value value : values) {
    if (NameOf(value) != name) continue;
    out = value;
    return {};
  }
  return Fail(Errc::kRepositoryUnsupported,
              "the record of a job holds the unknown word \"" + std::string(name) + "\"",
              "Use a newer jetkeep.");
}

}  // namespace

std::string JobRecordKey(std::string_view record_id, std::string_view job) {
  std::string key(kJobRecordsPrefix);
  return key.append("/").append(record_id).append(".").append(job);
}

std::optional<JobRecordName> ParseJobRecordName(std::string_view name) {
  const std::size_t dot = name.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  JobRecordName parts{std::string(name.substr(0, dot)), std::string(name.substr(dot + 1))};
  if (!IsBackupId(parts.record_id) || !CheckJobId(parts.job)) return std::nullopt;
  return parts;
}

Result<std::string> EncodeJobRecord(const JobRecord& record) {
  const JobStatus& job = record.status;
  const JobProgress counts = job.progress.value_or(ProgressFigures{}).counts;
  SealedLines lines;
  JETKEEP_TRY(lines.Add("job", job.job));
  JETKEEP_TRY(lines.Add("kind", NameOf(job.kind)));
  JETKEEP_TRY(lines.Add("state", NameOf(job.state)));
  JETKEEP_TRY(lines.Add("account", ToUtf8(job.account)));
  JETKEEP_TRY(lines.Add("stream", ToUtf8(job.stream)));
  JETKEEP_TRY(lines.Add("backup", job.backup));
  if (!job.set.empty()) JETKEEP_TRY(lines.Add("set", job.set));
  if (!job.target.empty()) JETKEEP_TRY(lines.Add("target", ToUtf8(job.target)));
  JETKEEP_TRY(lines.Add("instance", record.instance));
  JETKEEP_TRY(lines.Add("created_ns", job.created_ns));
  JETKEEP_TRY(lines.Add("started_ns", job.started_ns));
  JETKEEP_TRY(lines.Add("ended_ns", job.ended_ns));
  JETKEEP_TRY(lines.Add("attempts", static_cast<std::uint64_t>(std::max(0, job.attempts))));
  JETKEEP_TRY(lines.Add("messages", counts.messages_done));
  JETKEEP_TRY(lines.Add("bytes", counts.bytes_done));
  if (job.error) JETKEEP_TRY(lines.Add("error", ErrorToJson(*job.error)));
  return lines.Seal();
}

Result<JobRecord> ParseJobRecord(std::string_view job, std::string_view document) {
  if (document.size() > kMaxJobRecordBytes) {
    return Fail(Errc::kRepositoryCorrupt, "the record of a job is too long");
  }
  JETKEEP_TRY(CheckSeal(document));
  JETKEEP_ASSIGN(const Json json, ParseJson(document));
  StoredFields fields(json);
  JobRecord record;
  JobStatus& status = record.status;
  std::string kind;
  std::string state;
  std::uint64_t attempts = 0;
  ProgressFigures progress;
  fields.Get("job", status.job);
  fields.Get("kind", kind);
  fields.Get("state", state);
  fields.Get("account", status.account);
  fields.Get("stream", status.stream);
  fields.Get("backup", status.backup);
  if (json.contains("set")) fields.Get("set", status.set);
  if (json.contains("target")) fields.Get("target", status.target);
  fields.Get("instance", record.instance);
  fields.Get("created_ns", status.created_ns);
  fields.Get("started_ns", status.started_ns);
  fields.Get("ended_ns", status.ended_ns);
  fields.Get("attempts", attempts);
  fields.Get("messages", progress.counts.messages_done);
  fields.Get("bytes", progress.counts.bytes_done);
  JETKEEP_TRY(fields.Done("the record of a job"));
  JETKEEP_TRY(Find(kKinds, kind, status.kind));
  JETKEEP_TRY(Find(kEnds, state, status.state));
  if (status.job != job) {
    return Fail(Errc::kRepositoryCorrupt, "the record is that of another job");
  }
  status.attempts = static_cast<int>(std::min<std::uint64_t>(attempts, INT32_MAX));
  if (json.contains("error")) {
    JETKEEP_ASSIGN(status.error, ErrorFromJson(json["error"]));
  }
  if (status.state == JobState::kCompleted) {
    progress.percent = 100;
    progress.remaining_seconds = 0;
    progress.counts.messages_expected = progress.counts.messages_done;
    progress.counts.bytes_expected = progress.counts.bytes_done;
    status.progress = progress;
  }
  return record;
}

}  // namespace jetkeep
