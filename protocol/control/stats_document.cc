#include "protocol/control/stats_document.h"

#include <string>

#include "protocol/base/time.h"
#include "protocol/control/lists.h"
#include "protocol/control/message_document.h"

namespace jetkeep {
namespace {

void Put(Document& document, const MessageFigures& figures) {
  document["messages"] = figures.messages;
  document["bytes"] = figures.bytes;
  if (figures.messages == 0) return;
  document["first_sequence"] = figures.first_sequence;
  document["last_sequence"] = figures.last_sequence;
  document["first_time"] = FormatTime(figures.first_time_ns);
  document["last_time"] = FormatTime(figures.last_time_ns);
}

Document ToDocument(const SubjectFigures& subject) {
  Document document = Document::object();
  PutBytes(document, "subject", subject.subject);
  Put(document, subject.figures);
  return document;
}

Document ToDocument(const PeriodFigures& period) {
  Document document = {{"from", FormatTime(period.from_ns)}};
  Put(document, period.figures);
  return document;
}

}  // namespace

Document ToDocument(const BackupStats& stats, std::size_t most) {
  Document document = {{"backup", stats.backup}, {"stream", stats.stream}};
  Put(document, stats.total);
  if (stats.lost_messages != 0) document["lost_messages"] = stats.lost_messages;
  document["by"] = NameOf(stats.by);
  if (stats.all_subjects) document["all_subjects"] = *stats.all_subjects;
  PutList(document, "subjects", stats.subjects, most,
          [](const SubjectFigures& subject) { return ToDocument(subject); });
  if (stats.other_messages != 0) {
    document["others"] = {{"messages", stats.other_messages},
                          {"bytes", stats.other_bytes},
                          {"at_most", stats.others_at_most}};
  }
  document["period"] = NameOf(stats.period);
  PutList(document, "periods", stats.periods, most,
          [](const PeriodFigures& period) { return ToDocument(period); });
  return document;
}

}  // namespace jetkeep
