#include "service/engine/read/backup_stats.h"

#include <utility>

#include "protocol/js_config/stream_config.h"
#include "service/engine/read/message_figures.h"
#include "service/engine/read/period_table.h"
#include "service/engine/read/read_messages.h"

namespace jetkeep {

Result<BackupStats> CountMessages(Repository& repository, const StatsSpec& spec,
                                  const CancelToken& cancel, std::size_t subject_bytes) {
  JETKEEP_ASSIGN(const Manifest manifest, repository.Load(spec.backup));
  JETKEEP_TRY(CheckHasMessages(manifest));
  JETKEEP_ASSIGN(const StreamConfigFacts config, ReadStreamConfig(manifest.config_json));
  BackupStats stats;
  stats.backup = manifest.id;
  stats.stream = manifest.stream;
  stats.by = spec.by;
  stats.lost_messages = manifest.lost.Count();
  SubjectTable subjects(spec.by, subject_bytes);
  PeriodTable periods;
  JETKEEP_TRY(ForEachMessage(repository, manifest, spec.selection, cancel,
                             [&](const RecordView& record) -> Result<ReadOn> {
                               const MessageFigures one = FiguresOf(record, config.in_memory);
                               Merge(stats.total, one);
                               subjects.Add(record.subject, one);
                               periods.Add(one);
                               return ReadOn::kYes;
                             }));
  if (!subjects.complete()) {
    subjects.CountAgain();
    JETKEEP_TRY(ForEachMessage(repository, manifest, spec.selection, cancel,
                               [&](const RecordView& record) -> Result<ReadOn> {
                                 subjects.Add(record.subject, FiguresOf(record, config.in_memory));
                                 return ReadOn::kYes;
                               }));
  }
  stats.subjects = subjects.Largest(spec.top);
  stats.all_subjects = subjects.subjects();
  stats.others_at_most = subjects.OthersAtMost(spec.top);
  stats.other_messages = stats.total.messages;
  stats.other_bytes = stats.total.bytes;
  for (const SubjectFigures& subject : stats.subjects) {
    stats.other_messages -= subject.figures.messages;
    stats.other_bytes -= subject.figures.bytes;
  }
  if (stats.other_messages == 0) stats.others_at_most = 0;
  stats.period = periods.period();
  stats.periods = periods.Periods();
  return stats;
}

}  // namespace jetkeep
