#include "service/engine/backup/capture_handler.h"

#include <algorithm>
#include <utility>

namespace jetkeep {
namespace {

// Progress is reported once a MiB: often enough for four events a second, seldom enough to cost
// nothing.
constexpr std::uint64_t kReportEveryBytes = 1024 * 1024;

}  // namespace

// The reply to the request carries the configuration as clients know it; the decoder has checked
// the name.
Status CaptureHandler::OnStreamMeta(std::string_view /*meta_json*/) { return {}; }

Status CaptureHandler::OnRecord(const RecordView& record) {
  // The stream's first sequence has passed it. What was stored after the snapshot began is taken,
  // because what it replaced may be gone: which of all these count is decided at the end.
  if (record.sequence < reply_.first_sequence) return {};
  if (record.sequence <= last_sequence_) {
    return OnDamage({"sequence " + std::to_string(record.sequence),
                     "the record comes after sequence " + std::to_string(last_sequence_),
                     record.sequence});
  }
  JETKEEP_TRY(writer_.AddRecord(record));
  if (run_first_ == 0 || record.sequence != last_sequence_ + 1) {
    CloseRun();
    run_first_ = record.sequence;
  }
  last_sequence_ = record.sequence;
  ++messages_;
  const std::uint64_t bytes = FileStoreSize(record);
  captured_.largest_record = std::max(captured_.largest_record, bytes);
  captured_.present_bytes += bytes;
  unreported_bytes_ += bytes;
  if (unreported_bytes_ >= kReportEveryBytes) Report();
  return {};
}

void CaptureHandler::CloseRun() {
  if (run_first_ != 0) captured_.sequences.present.AddRange(run_first_, last_sequence_);
  run_first_ = 0;
}

Status CaptureHandler::OnDeleted(std::uint64_t first, std::uint64_t last) {
  captured_.sequences.deleted.AddRange(first, last);
  return {};
}

Status CaptureHandler::OnConsumer(ConsumerBackup consumer) {
  captured_.consumers.push_back(std::move(consumer));
  return {};
}

Status CaptureHandler::OnDamage(ArchiveDamage damage) {
  ++captured_.damage_count;
  if (captured_.damage.size() < kMaxDamageKept) captured_.damage.push_back(std::move(damage));
  return {};
}

void CaptureHandler::Report() {
  unreported_bytes_ = 0;
  observer_.OnProgress({messages_, reply_.messages, captured_.present_bytes, reply_.bytes});
}

}  // namespace jetkeep
