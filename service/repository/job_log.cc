#include "service/repository/job_log.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "protocol/repository/backup_id.h"
#include "service/store/objects.h"
#include "service/work/ids.h"

namespace jetkeep {
namespace {

struct Listed {
  std::vector<JobRecordName> records;  // the newest first
  std::vector<StoreEntry> unfinished;
};

Result<Listed> ListRecords(Store& store) {
  ListOptions options;
  options.unfinished = true;
  JETKEEP_ASSIGN(std::vector<StoreEntry> entries,
                 ListAll(store, std::string(kJobRecordsPrefix), options));
  Listed listed;
  for (StoreEntry& entry : entries) {
    auto name = ParseJobRecordName(entry.name);
    if (!name) continue;  // not ours
    if (entry.kind == EntryKind::kObject) {
      listed.records.push_back(*std::move(name));
    } else if (entry.kind == EntryKind::kUnfinished) {
      listed.unfinished.push_back(std::move(entry));
    }
  }
  std::sort(listed.records.begin(), listed.records.end(),
            [](const auto& one, const auto& other) { return one.record_id > other.record_id; });
  return listed;
}

// Nothing: it was removed meanwhile.
Result<std::optional<JobRecord>> ReadRecord(Store& store, const JobRecordName& name) {
  const std::string key = JobRecordKey(name.record_id, name.job);
  JETKEEP_ASSIGN(const auto object, store.Open(key));
  if (object == nullptr) return std::optional<JobRecord>();
  JETKEEP_ASSIGN(const std::string bytes, ReadFront(*object, kMaxJobRecordBytes + 1));
  Result<JobRecord> record = ParseJobRecord(name.job, bytes);
  if (!record) return Fail(std::move(record).error().Within(key));
  return std::optional<JobRecord>(*std::move(record));
}

}  // namespace

Status JobLog::Add(const JobRecord& record) {
  JETKEEP_ASSIGN(const std::string bytes, EncodeJobRecord(record));
  const std::string id =
      NewBackupId(std::max<std::int64_t>(0, record.status.ended_ns), RandomBits());
  JETKEEP_TRY(PutNew(store_, JobRecordKey(id, record.status.job), bytes));
  if (writes_++ % limits_.writes_between != 0) return {};
  return Prune();
}

Status JobLog::Prune() {
  JETKEEP_ASSIGN(const Listed listed, ListRecords(store_));
  const std::int64_t oldest =
      clock_.Now() - std::chrono::duration_cast<std::chrono::nanoseconds>(limits_.age).count();
  const std::string too_old = NewBackupId(std::max<std::int64_t>(0, oldest), 0);
  std::vector<std::string> gone;
  for (std::size_t i = 0; i < listed.records.size(); ++i) {
    const JobRecordName& name = listed.records[i];
    if (i < limits_.records && name.record_id >= too_old) continue;
    gone.push_back(JobRecordKey(name.record_id, name.job));
  }
  for (const StoreEntry& entry : listed.unfinished) {
    const std::string key = std::string(kJobRecordsPrefix) + "/" + entry.name;
    JETKEEP_TRY(store_.RemoveUnfinished(key, entry.upload, WhoseUnfinished::kOfEndedWriters));
  }
  return store_.RemoveAll(gone);
}

Result<std::optional<JobRecord>> JobLog::Find(const std::string& job, const std::string& account) {
  JETKEEP_ASSIGN(const Listed listed, ListRecords(store_));
  for (const JobRecordName& name : listed.records) {
    if (name.job != job) continue;
    JETKEEP_ASSIGN(std::optional<JobRecord> record, ReadRecord(store_, name));
    if (record && (account.empty() || record->status.account == account)) return record;
  }
  return std::optional<JobRecord>();
}

Status JobLog::ForEach(Store& store, const std::function<void(const JobRecord&)>& record,
                       const std::function<void(const Error&)>& unreadable,
                       const CancelToken& cancel) {
  JETKEEP_ASSIGN(const Listed listed, ListRecords(store));
  for (const JobRecordName& name : listed.records) {
    JETKEEP_TRY(cancel.Check());
    const Result<std::optional<JobRecord>> read = ReadRecord(store, name);
    if (!read) {
      unreadable(read.error());
    } else if (*read) {
      record(**read);
    }
  }
  return {};
}

}  // namespace jetkeep
